import type { Broker, SnowflakeRelayOptions } from '../../../src/credentials/broker.ts';
import type { Clouds, SnowflakeIdentity } from '../../../src/credentials/clouds.ts';
import type { Desk } from '../../../src/credentials/desk.ts';
import type { CredentialFact } from '../../../src/credentials/issued.ts';
import type { SnowflakeGrant } from '../../../src/policy/grant-types.ts';
import { Secret } from '../../../src/secret.ts';

export const GRANT: SnowflakeGrant = {
  kind: 'snowflake',
  account: 'acme-prod_eu',
  user: 'dbt_prod',
  role: 'transformer',
  warehouse: 'transforming',
  database: 'analytics',
  schema: 'jaffle_shop',
  threads: 4,
  login: { route: 'relay', audience: 'snowflake/acme' },
};

export const IDENTITY: SnowflakeIdentity = {
  account: 'XY12345',
  accountName: 'ACME-PROD_EU',
  user: 'DBT_PROD',
  role: 'TRANSFORMER',
  secondaryRoles: '{"roles":"","value":""}',
  requestId: '01b2',
};

export const NOW = new Date('2026-11-22T08:00:00Z');

/** An ID token of a life; nobody here checks its signature. */
export function idToken(number: number, life = 300): Secret {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = NOW.getTime() / 1000;
  return new Secret(`${encode({ alg: 'RS256' })}.${encode({ jti: number, iat, exp: iat + life })}.c2ln`);
}

export interface TestDesk extends Desk {
  /** What happened, oldest first. */
  readonly events: string[];
  readonly facts: CredentialFact[];
  readonly secrets: Secret[];
  readonly relays: SnowflakeRelayOptions[];
}

/** A desk without a network: ID tokens by number, clouds as given, a relay that only remembers. */
export function testDesk(clouds: Partial<Clouds> = {}): TestDesk {
  const events: string[] = [];
  const facts: CredentialFact[] = [];
  const secrets: Secret[] = [];
  const relays: SnowflakeRelayOptions[] = [];
  let minted = 0;
  const absent = async () => {
    throw new Error('not for this test');
  };
  return {
    ...{ events, facts, secrets, relays },
    idToken: async (audience) => {
      minted += 1;
      events.push(`token ${minted} for ${audience}`);
      return idToken(minted);
    },
    clouds: {
      ...{ assumeRoleWithWebIdentity: absent, assumeRole: absent, rdsPassword: absent },
      ...{ googleExchange: absent, impersonate: absent, googleIdentity: absent, oauthToken: absent },
      snowflakeIdentity: async ({ tokenType, role }) => {
        events.push(`login check ${tokenType} as ${role}`);
        return IDENTITY;
      },
      ...clouds,
    },
    endpoints: {},
    broker: { serve: absent } satisfies Broker,
    snowflakeRelay: async (options) => {
      relays.push(options);
      events.push('relay');
      return {
        port: 4711,
        close: async () => {
          events.push('relay closed');
        },
      };
    },
    files: { write: absent },
    run: {
      ...{ repository: 'octo-org/jaffle-shop', repositoryId: '1', environment: 'prod', runId: '2' },
      ...{ runAttempt: '1', actor: 'octocat', actorId: '3', sha: 'abc', traceId: 'def' },
    },
    issued: (fact, more) => {
      facts.push(fact);
      secrets.push(...more);
      events.push(`issued ${fact.route}`);
    },
    timing: { now: () => NOW, sleep: async () => {}, random: () => 0 },
  };
}
