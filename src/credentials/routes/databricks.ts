import type { DatabricksGrant } from '../../policy/grant-types.ts';
import { attempt } from '../attempts.ts';
import { requirePrincipal, tokenPrincipal } from '../databricks/principal.ts';
import type { Desk, OpenRoute } from '../desk.ts';
import { DATABRICKS_TOKEN } from '../variable-names.ts';

const SCOPE = 'all-apis';

/**
 * Databricks: GitHub's token for an access token of the service principal. dbt-databricks takes a token and no
 * way to a new one, so that it cannot be renewed.
 * Source: Databricks, OAuth token federation (RFC 8693 at `/oidc/v1/token` of the workspace).
 */
export async function openDatabricks(grant: DatabricksGrant, desk: Desk): Promise<OpenRoute> {
  const { host, clientId, audience } = grant;
  const tokenUrl = `${desk.endpoints.databricks ?? `https://${host}`}/oidc/v1/token`;
  const request = {
    ...{ tokenUrl, clientId, audience, scope: SCOPE },
    ...{ cloud: 'databricks' as const, grantType: 'token-exchange' as const },
  };
  const { token, expiresAt, scope } = await attempt(desk, audience, (idToken) =>
    desk.clouds.oauthToken(request, idToken),
  );
  const issuedAt = desk.timing.now();
  const principal = tokenPrincipal(token);
  desk.issued(
    {
      provider: 'databricks',
      principal: principal ?? `${clientId}, as asked for: the token does not say`,
      scope: `${scope} on ${host}`,
      route: 'token',
      issuedAt: issuedAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
      requestId: '',
    },
    [token],
  );
  requirePrincipal(principal, clientId);
  const seconds = Math.round((expiresAt.getTime() - issuedAt.getTime()) / 1000);
  return {
    variables: new Map([[DATABRICKS_TOKEN, token]]),
    lifetimes: [{ credential: 'Databricks access token', seconds, renewal: null }],
  };
}
