import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadPolicy } from '../../../src/policy/load.ts';
import { renderTrust } from '../../../src/policy/trust/render.ts';
import type { TrustFile } from '../../../src/policy/trust/rendered.ts';
import { type Issuer, type MintOptions, newSigningKey, startIssuer } from '../../support/issuer.ts';
import { type Keycloak, startKeycloak } from '../../support/keycloak.ts';
import { describeWith } from '../../support/tools.ts';
import { COPIED, type Example, example } from './render-example.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', '..', 'examples');
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const IMMUTABLE = 'repo:octo-org@123456/jaffle-shop@456789:environment:prod';
const LEGACY = 'repo:octo-org/jaffle-shop:environment:prod';

/** A policy with both shapes of `sub` for the local issuer. */
const policyOf = (issuer: string) => `version: "1"
issuer: ${issuer}
audience: dbt-passport/acme
repositories:
  shop: { name: octo-org/jaffle-shop, repository_id: "456789", repository_owner_id: "123456" }
grants:
  warehouse: { kind: duckdb, path: jaffle.duckdb }
rules:
  - { id: prod, repository: shop, environment: prod, ref: refs/heads/main, grants: [warehouse] }
  - { id: prod-tags, repository: shop, environment: prod, ref: refs/tags/v1, grants: [warehouse] }
`;

describeWith(['keycloak'], 'a real Keycloak with the rendered realm', () => {
  let issuer: Issuer;
  let keycloak: Keycloak;
  let files: readonly TrustFile[];
  const examples = new Map<string, readonly TrustFile[]>();

  beforeAll(async () => {
    issuer = await startIssuer();
    const bytes = new TextEncoder().encode(policyOf(issuer.issuer));
    const { policy } = await loadPolicy(bytes, 'policy.yml', { allowLoopbackIssuer: true });
    const realm = (url: string, name: string) => {
      const options = { audience: `${url}/realms/${name}`, receivers: ['snowflake', '${PATH}'] };
      return renderTrust(policy, 'keycloak', options).files;
    };
    const copied = await Promise.all(
      COPIED.map(async (name) => [name, await example(name as Example)] as const),
    );
    keycloak = await startKeycloak((url) => {
      files = realm(url, 'dbt');
      for (const [name, one] of copied) {
        const options = { audience: `${url}/realms/example-${name}`, receivers: ['snowflake'] };
        examples.set(name, renderTrust(one, 'keycloak', options).files);
      }
      return [...files, ...realm(url, 'enforced').map(withClaimEnforcer), ...[...examples.values()].flat()];
    });
  }, 300_000);

  afterAll(async () => {
    await keycloak?.close();
    await issuer?.close();
  });

  const token = (claims: MintOptions['claims'] & object = {}, options: MintOptions = {}) =>
    issuer.mint({ ...options, claims: { sub: IMMUTABLE, aud: `${keycloak.url}/realms/dbt`, ...claims } });

  async function exchange(assertion: string, realm = 'dbt', more: Record<string, string> = {}) {
    const grant = { grant_type: 'client_credentials', client_assertion_type: JWT_BEARER };
    const response = await fetch(`${keycloak.url}/realms/${realm}/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...grant, client_assertion: assertion, ...more }),
    });
    const body = (await response.json()) as Record<string, unknown>;
    return { status: response.status, body, said: `${body['error']}: ${body['error_description']}` };
  }

  it.each([
    ['immutable', IMMUTABLE],
    ['legacy', LEGACY],
  ])(
    'gives an access token for the %s subject, with the receivers and nothing to refresh',
    async (_, sub) => {
      const { status, body, said } = await exchange(await token({ sub }));
      expect(status, said).toBe(200);
      expect(body['refresh_token']).toBeUndefined();
      const claims = payloadOf(String(body['access_token']));
      expect(claims).toMatchObject({ azp: sub, iss: `${keycloak.url}/realms/dbt`, typ: 'Bearer' });
      expect(new Set(claims['aud'] as string[])).toEqual(new Set(['snowflake', '${PATH}']));
      expect(claims['realm_access']).toBeUndefined();
      expect(Number(claims['exp']) - Number(claims['iat'])).toBe(300);
    },
  );

  it.each(COPIED)('has imported the clients of the example %s as they are', async (name) => {
    const written = JSON.parse(examples.get(name)?.[0]?.text ?? '') as {
      readonly clients: readonly { readonly clientId: string }[];
    };
    const answer = await fetch(`${keycloak.url}/admin/realms/example-${name}/clients`, {
      headers: { authorization: `Bearer ${await keycloak.admin()}` },
    });
    const clients = (await answer.json()) as readonly { readonly clientId: string }[];
    expect(written.clients.length).toBeGreaterThan(0);
    // Keycloak gives a client with a service account one more scope, which says so in its tokens.
    for (const client of written.clients)
      expect(clients.find(({ clientId }) => clientId === client.clientId)).toMatchObject({
        ...client,
        defaultClientScopes: expect.arrayContaining(['basic']),
      });
  });

  it('takes the client id beside the token, which older versions compare with sub', async () => {
    expect((await exchange(await token(), 'dbt', { client_id: IMMUTABLE })).status).toBe(200);
  });

  it.each([
    ['another environment', { sub: IMMUTABLE.replace('prod', 'ci') }],
    ['another repository', { sub: IMMUTABLE.replace('456789', '456780') }],
    ['another case', { sub: IMMUTABLE.replace('prod', 'PROD') }],
    ['more after it', { sub: `${IMMUTABLE}:ref:refs/heads/main` }],
    ['no subject', { sub: undefined }],
    ['another issuer', { iss: 'https://token.actions.githubusercontent.com' }],
  ])('refuses %s', async (_, claims) => {
    const { status, said } = await exchange(await token(claims));
    expect(status).toBe(401);
    expect(said).toBe('invalid_client: Invalid client or Invalid client credentials');
  });

  it.each([
    ['an expired token', -600, -300, 'Token is not active'],
    ['a token of eleven minutes ago', -660, 60, 'Token was issued too far in the past to be used now'],
  ])('refuses %s', async (_, issued, expires, why) => {
    const now = Math.floor(Date.now() / 1000);
    const { status, said } = await exchange(
      await token({ iat: now + issued, nbf: now + issued, exp: now + expires }),
    );
    expect(status).toBe(400);
    expect(said).toBe(`invalid_client: ${why}`);
  });

  it('refuses the audience of another system, and another beside its own', async () => {
    const own = `${keycloak.url}/realms/dbt`;
    const refusals = [
      await exchange(await token({ aud: 'dbt-passport/acme' })),
      await exchange(await token({ aud: [own, 'x'] })),
    ];
    expect(refusals.map(({ said }) => said)).toEqual([
      'invalid_client: Invalid token audience',
      'invalid_client: Multiple audiences not allowed',
    ]);
  });

  it('refuses a key that the issuer does not publish, and a signature of none', async () => {
    const forged = await token({}, { key: await newSigningKey(issuer.key().kid) });
    const [, payload] = forged.split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    for (const assertion of [forged, none])
      expect((await exchange(assertion)).status).toBeGreaterThanOrEqual(400);
  });

  it('refuses a token that was used before', async () => {
    const assertion = await token();
    expect((await exchange(assertion)).status).toBe(200);
    expect((await exchange(assertion)).said).toBe('invalid_client: Token reuse detected');
  });

  it('is what examples/keycloak/token.sh gets a token from', async () => {
    issuer.setClaims({ sub: IMMUTABLE });
    const run = (realm: string) =>
      promisify(execFile)('bash', [join(EXAMPLES, 'keycloak', 'token.sh')], {
        env: {
          PATH: process.env['PATH'],
          REALM: `${keycloak.url}/realms/${realm}`,
          ACTIONS_ID_TOKEN_REQUEST_URL: issuer.requestUrl,
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: issuer.requestToken,
        },
      });
    expect(payloadOf((await run('dbt')).stdout)).toMatchObject({ azp: IMMUTABLE });
    await expect(run('master')).rejects.toThrow('Keycloak refused: invalid_client');
  });

  it('lets the client do nothing else', async () => {
    const answers = [
      await exchange(await token(), 'dbt', { grant_type: 'password', username: 'a', password: 'b' }),
      await exchange('', 'dbt', { client_id: IMMUTABLE, client_secret: 'unused' }),
    ];
    expect(answers.map(({ body }) => body['error'])).toEqual(['unauthorized_client', 'invalid_client']);
  });

  it('does not compare further claims, even with a jwt-claim-enforcer: it never sees a client assertion', async () => {
    const headers = { authorization: `Bearer ${await keycloak.admin()}` };
    const policies = await fetch(`${keycloak.url}/admin/realms/enforced/client-policies/policies`, {
      headers,
    });
    expect(await policies.json()).toMatchObject({ policies: [{ name: 'repository', enabled: true }] });
    const aud = `${keycloak.url}/realms/enforced`;
    expect((await exchange(await token({ aud, repository_id: '1' }), 'enforced')).status).toBe(200);
  });

  it('takes a client again by the Admin API; partial import loses the service account', async () => {
    const realm = JSON.parse(files[0]?.text ?? '') as { clients: { clientId: string }[] };
    const client = realm.clients.find(({ clientId }) => clientId === IMMUTABLE);
    const admin = async (method: string, path: string, body?: object) =>
      fetch(`${keycloak.url}/admin/realms/dbt/${path}`, {
        method,
        headers: { authorization: `Bearer ${await keycloak.admin()}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
    await admin('POST', 'partialImport', { clients: [client], ifResourceExists: 'OVERWRITE' });
    expect((await exchange(await token())).said).toBe(
      'invalid_request: The associated service account for the client does not exist',
    );
    const found = await admin('GET', `clients?${new URLSearchParams({ clientId: IMMUTABLE })}`);
    const [{ id } = { id: '' }] = (await found.json()) as { id: string }[];
    expect((await admin('DELETE', `clients/${id}`)).status).toBe(204);
    expect((await exchange(await token())).status).toBe(401);
    expect((await admin('POST', 'clients', client)).status).toBe(201);
    expect((await exchange(await token())).status).toBe(200);
  });
});

function payloadOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
}

/** The realm with a client policy for every client that wants the repository of the policy. */
function withClaimEnforcer({ name, text }: TrustFile): TrustFile {
  const executor = {
    executor: 'jwt-claim-enforcer',
    configuration: { 'claim-name': 'repository_id', 'allowed-value': '^\\Q456789\\E$' },
  };
  const condition = { condition: 'any-client', configuration: {} };
  const realm = {
    ...(JSON.parse(text) as object),
    clientProfiles: { profiles: [{ name: 'repository', executors: [executor] }] },
    clientPolicies: {
      policies: [{ name: 'repository', enabled: true, conditions: [condition], profiles: ['repository'] }],
    },
  };
  return { name, text: JSON.stringify(realm) };
}
