import type { OAuthExchange } from '../../policy/grant-types.ts';
import { oauthTrust } from '../../policy/trust/oauth.ts';
import { type Cloud, NOTHING_SHOWN, type Refusal, requestRow, staleToken } from './refusal.ts';

/**
 * Source: RFC 6749 section 5.2 and RFC 8693 section 2.2.2 (invalid_target); Microsoft Entra, "Authentication and
 * authorization error codes" (AADSTS70021x, 700024).
 */
const REFUSALS: readonly Refusal<OAuthExchange>[] = [
  staleToken('OAUTH_TOKEN_EXPIRED', 'the identity provider', { text: /AADSTS700024|expired/i }),
  {
    reason: 'OAUTH_TRUST',
    text: /AADSTS70021/,
    cause:
      'No federated credential of the application has this issuer, `sub` and audience, letter by letter.',
    hint: 'Add the federated credential of the statement to the application.',
    askClaims: true,
  },
  {
    reason: 'OAUTH_SCOPE',
    code: /^invalid_scope$/,
    cause: 'The identity provider does not give the scope to this client.',
    hint: 'Correct `scope` of the grant, or allow it to the client.',
    inPolicy: true,
    show: ({ scope = '(none)' }) => ({
      rows: requestRow('scope', 'one that the client may have', scope),
      statement: '',
    }),
  },
  {
    reason: 'OAUTH_GRANT_TYPE',
    code: /^(unsupported_grant_type|unauthorized_client)$/,
    cause: 'The identity provider does not offer this kind of exchange, or not to this client.',
    hint: 'Allow it to the client, or set `grant_type` of the grant to one that is allowed.',
    inPolicy: true,
    show: ({ grantType }) => ({
      rows: requestRow('grant type', 'allowed to the client', grantType),
      statement: '',
    }),
  },
  {
    reason: 'OAUTH_TARGET',
    code: /^invalid_target$/,
    cause: 'The identity provider does not issue tokens for the requested audience.',
    hint: 'Correct `audience` of the grant.',
    inPolicy: true,
    show: ({ audience }) => ({
      rows: requestRow('aud', 'known to the identity provider', audience),
      statement: '',
    }),
  },
  {
    reason: 'OAUTH_TRUST',
    code: /^(invalid_grant|invalid_client|access_denied|invalid_token)$/,
    cause: "The identity provider does not trust GitHub's token for this client.",
    hint: 'Give the client the trust of the statement.',
    askClaims: true,
  },
];

/** Everything else. */
const OTHERWISE: Refusal<OAuthExchange> = {
  reason: 'OAUTH_REQUEST',
  cause: 'The identity provider refused the request itself; its words are in the message.',
  hint: 'Correct the exchange in the grant of the policy.',
  inPolicy: true,
  show: () => NOTHING_SHOWN,
};

export const OAUTH: Cloud<OAuthExchange> = {
  name: 'The identity provider',
  refusals: REFUSALS,
  otherwise: OTHERWISE,
  trust: oauthTrust,
  principal: ({ clientId, tokenUrl }) =>
    clientId === undefined ? tokenUrl : `client ${clientId} at ${tokenUrl}`,
  status: 'the identity provider',
};
