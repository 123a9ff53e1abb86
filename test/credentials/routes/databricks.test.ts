import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { oauthTokens } from '../../../src/adapters/oauth-token.ts';
import type { Desk } from '../../../src/credentials/desk.ts';
import type { CredentialFact } from '../../../src/credentials/issued.ts';
import { openDatabricks } from '../../../src/credentials/routes/databricks.ts';
import type { DatabricksGrant } from '../../../src/policy/grant-types.ts';
import { Secret } from '../../../src/secret.ts';
import { type Databricks, startDatabricks } from '../../support/databricks.ts';
import { type Issuer, newSigningKey, startIssuer } from '../../support/issuer.ts';

const SUBJECT = 'repo:octo-org@123456/jaffle-shop@456789:environment:prod';
const GRANT: DatabricksGrant = {
  ...{ kind: 'databricks', host: 'acme.cloud.databricks.com', httpPath: '/sql/1.0/warehouses/1' },
  ...{ catalog: 'main', schema: 'shop', threads: 4, audience: 'https://acme.cloud.databricks.com' },
  clientId: '00000000-0000-4000-8000-000000000001',
};

const KEY = await newSigningKey();
let github: Issuer;
let workspace: Databricks;
let facts: CredentialFact[];
let masked: string[];

async function start(claims?: Parameters<typeof startDatabricks>[0]['claims']): Promise<void> {
  const policy = { issuer: github.issuer, audience: GRANT.audience, subject: SUBJECT };
  workspace = await startDatabricks({ clientId: GRANT.clientId, policy, ...(claims && { claims }) });
}
beforeEach(async () => {
  github = await startIssuer({ key: KEY });
  facts = [];
  masked = [];
});
afterEach(async () => {
  await Promise.all([github.close(), workspace.close()]);
});

interface Change {
  readonly claims?: Record<string, string>;
  readonly expiresIn?: number;
  readonly audience?: string;
}
function desk(change: Change = {}): Desk {
  const endpoints = { databricks: workspace.url };
  const unused = () => {
    throw new Error('not needed');
  };
  return {
    idToken: async (audience) => new Secret(await github.mint({ audience, ...change })),
    clouds: { ...oauthTokens(endpoints) } as Desk['clouds'],
    endpoints,
    broker: { serve: unused },
    snowflakeRelay: unused,
    files: { write: unused },
    run: {} as Desk['run'],
    issued: (fact, secrets) => {
      facts.push(fact);
      masked.push(...secrets.map((secret) => secret.reveal()));
    },
    timing: { now: () => new Date(), sleep: async () => {}, random: () => 0 },
  };
}

describe('openDatabricks', () => {
  it('hands over a token of the service principal, and says that it ends', async () => {
    await start();
    const { variables, lifetimes } = await openDatabricks(GRANT, desk());
    const [token = ''] = workspace.issued;
    const handed = [...variables].map(([name, value]) => [name, value instanceof Secret && value.reveal()]);
    expect(handed).toEqual([['DBT_ENV_SECRET_PASSPORT_DATABRICKS_TOKEN', token]]);
    expect(masked).toEqual([token]);
    expect(facts).toMatchObject([
      { provider: 'databricks', principal: GRANT.clientId, scope: `all-apis on ${GRANT.host}` },
    ]);
    // Counted from before the request to after it.
    const seconds = expect.closeTo(3600, -1);
    expect(lifetimes).toEqual([{ credential: 'Databricks access token', seconds, renewal: null }]);
    expect(workspace.requests).toEqual(['issued']);
  });

  it.each<[string, Change, RegExp]>([
    ['another subject', { claims: { environment: 'dev' } }, /"sub"/],
    ['another repository', { claims: { repository: 'octo-org/other' } }, /"sub"/],
    ['another audience', { audience: 'https://other.cloud.databricks.com' }, /"aud"/],
    ['an expired token', { expiresIn: -10 }, /"exp"/],
  ])('is refused with %s after one call', async (_, change, said) => {
    await start();
    await expect(openDatabricks(GRANT, desk(change))).rejects.toMatchObject({
      ...{ name: 'CloudFault', cloud: 'databricks', code: 'invalid_grant', transient: false },
      text: expect.stringMatching(said),
    });
    expect(workspace.requests).toHaveLength(1);
    expect(facts).toEqual([]);
  });

  it('is refused with a key that was revoked', async () => {
    await start();
    const token = await github.mint({ audience: GRANT.audience });
    await github.rotate();
    const old = { ...desk(), idToken: async () => new Secret(token) };
    await expect(openDatabricks(GRANT, old)).rejects.toMatchObject({ code: 'invalid_grant' });
  });

  it('is refused as a service principal without a federation policy', async () => {
    await start();
    const other = { ...GRANT, clientId: GRANT.clientId.replace(/1$/, '2') };
    await expect(openDatabricks(other, desk())).rejects.toMatchObject({ text: /client_id/ });
  });

  it('takes no token of another principal, and puts it on record', async () => {
    await start({ client_id: 'someone', sub: 'someone' });
    await expect(openDatabricks(GRANT, desk())).rejects.toMatchObject({ code: 'ERR_CREDENTIAL_MISMATCH' });
    expect(facts).toMatchObject([{ principal: 'someone' }]);
    expect(masked).toEqual(workspace.issued);
  });

  it('says so when the token does not tell whose it is', async () => {
    await start('opaque');
    await openDatabricks(GRANT, desk());
    expect(facts[0]?.principal).toBe(`${GRANT.clientId}, as asked for: the token does not say`);
  });

  it('tries again, with a fresh token, when the workspace is busy', async () => {
    await start();
    workspace.answer({ status: 503, body: 'busy' });
    const busy = desk();
    const sleep = async () => workspace.answer(undefined);
    await openDatabricks(GRANT, { ...busy, timing: { ...busy.timing, sleep } });
    expect(workspace.requests).toEqual(['answered 503', 'issued']);
    expect(new Set(github.issued).size).toBe(2);
  });
});
