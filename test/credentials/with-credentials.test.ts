import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SnowflakeRelayOptions } from '../../src/credentials/broker.ts';
import type { Clouds } from '../../src/credentials/clouds.ts';
import type { Variables } from '../../src/credentials/issued.ts';
import { SNOWFLAKE_TOKEN } from '../../src/credentials/variable-names.ts';
import { readInputs } from '../../src/inputs.ts';
import { passport } from '../../src/pipeline.ts';
import type { DbtSession, Ports } from '../../src/ports.ts';
import { Secret } from '../../src/secret.ts';
import { githubClaims } from '../support/claims.ts';
import { type Issuer, startIssuer } from '../support/issuer.ts';
import { POLICY, PRODUCTION } from '../support/passport.ts';
import { rememberingPorts, request } from '../support/ports.ts';

const GITHUB = Object.fromEntries([
  ...Object.entries(githubClaims(PRODUCTION)).map(([name, value]) => [
    `GITHUB_${name.toUpperCase()}`,
    String(value),
  ]),
  ['GITHUB_JOB', 'nightly'],
  ['GITHUB_SERVER_URL', 'https://github.com'],
]);
const SNOWFLAKE = `{ kind: snowflake, account: acme-prod, user: DBT, role: TRANSFORMER, warehouse: WH, database: DB, schema: main, login: LOGIN }`;

/** A run of the example in Snowflake, and what it did. */
async function run(
  issuer: Issuer,
  login: 'relay' | 'token',
  options: {
    readonly mode?: 'run';
    readonly requestToken?: string;
    readonly ports?: (ports: Ports) => Partial<Ports>;
  } = {},
) {
  const { ports, asked } = await rememberingPorts(issuer);
  const said: string[] = [];
  const warned: string[] = [];
  const relays: SnowflakeRelayOptions[] = [];
  let variables: Variables = new Map();
  const cloud: Partial<Clouds> = {
    snowflakeIdentity: async () => ({
      account: 'XY12345',
      accountName: 'ACME-PROD',
      user: 'DBT',
      role: 'TRANSFORMER',
      secondaryRoles: '{"roles":"","value":""}',
      requestId: 'statement-1',
    }),
  };
  const inSnowflake: Ports = {
    ...ports,
    policy: async (reference) => {
      const { bytes, source } = await ports.policy(reference);
      const text = new TextDecoder()
        .decode(bytes)
        .replace(/\{ kind: duckdb.*\}/, SNOWFLAKE.replace('LOGIN', login));
      return { bytes: new TextEncoder().encode(text), source };
    },
    clouds: (endpoints) => ({ ...ports.clouds(endpoints), ...cloud }),
    vault: async () => ({
      ...(await ports.vault()),
      snowflakeRelay: async (options) => {
        relays.push(options);
        return { port: 1, close: async () => void asked.calls.push('relay closed') };
      },
      close: async () => void asked.calls.push('vault closed'),
    }),
    dbt: async (setup) => {
      const session = await ports.dbt(setup);
      const invoke: DbtSession['invoke'] = (command, credentials) => {
        variables = credentials;
        return session.invoke(command, credentials);
      };
      return { ...session, engine: { ...session.engine, adapters: { snowflake: '1.12.3' } }, invoke };
    },
    say: (line) => said.push(line),
    warn: (message) => warned.push(message),
  };
  const given: Readonly<Record<string, string>> = { policy: POLICY, mode: options.mode ?? 'auth-only' };
  const inputs = readInputs((name) => given[name] ?? '');
  const environment = { ACTIONS_ID_TOKEN_REQUEST_TOKEN: options.requestToken };
  const conclusion = await passport(
    { ...request(GITHUB), inputs, environment },
    { ...inSnowflake, ...options.ports?.(inSnowflake) },
  );
  return { conclusion, asked, said, warned, relays, variables };
}

describe('withCredentials', () => {
  let issuer: Issuer;
  beforeAll(async () => {
    issuer = await startIssuer({ claims: PRODUCTION });
  });
  afterAll(() => issuer.close());

  it('says the plan, and warns of what dbt may outlive', async () => {
    const { said, warned, conclusion } = await run(issuer, 'token');
    expect(conclusion.error).toBeNull();
    expect(said).toContainEqual(expect.stringMatching(/^credentials {2}.*: lives 5 min, not renewed$/));
    expect(said).toContainEqual(
      expect.stringMatching(/^credentials {2}dbt may take 30 min \(max_minutes: 30\)/),
    );
    expect(warned).toEqual([
      expect.stringMatching(/lives 5 min and is not renewed.*`login: relay`.*`max_minutes: "5"`/),
    ]);
  });

  it('does not warn of what is renewed', async () => {
    const { warned } = await run(issuer, 'relay');
    expect(warned).toEqual([]);
  });

  it('warns when renewal ends before dbt may', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const exp = Math.floor(Date.now() / 1000) + 600;
    const requestToken = `${part({ alg: 'RS256' })}.${part({ exp })}.c2ln`;
    const { warned } = await run(issuer, 'relay', { requestToken });
    expect(warned).toEqual([
      expect.stringMatching(/^Credentials can be renewed until about .*dbt may take 30 min/),
    ]);
  });

  it('closes route and vault in this order, and asks for no token afterwards', async () => {
    const { asked, relays, variables, conclusion } = await run(issuer, 'relay', { mode: 'run' });
    expect(conclusion.error).toBeNull();
    expect(asked.calls.filter((call) => call.endsWith('closed'))).toEqual(['relay closed', 'vault closed']);
    const placeholder = variables.get(SNOWFLAKE_TOKEN);
    const TOKEN = placeholder instanceof Secret ? placeholder.reveal() : '';
    const data = { AUTHENTICATOR: 'WORKLOAD_IDENTITY', PROVIDER: 'OIDC', TOKEN };
    const tokens = () => asked.calls.filter((call) => call.startsWith('token '));
    const before = tokens();
    expect(await relays[0]?.login(JSON.stringify({ data }))).toEqual({
      refusal: expect.stringContaining('the run is over'),
    });
    expect(tokens()).toEqual(before);
  });

  it('ends at once when it is cancelled while the cloud does not answer, with a record and nothing issued', async () => {
    const cancellation = new AbortController();
    const { conclusion, asked } = await run(issuer, 'relay', {
      ports: (ports) => ({
        cancelled: cancellation.signal,
        clouds: (endpoints) => ({
          ...ports.clouds(endpoints),
          snowflakeIdentity: () => {
            setTimeout(() => cancellation.abort('SIGTERM'), 10);
            return new Promise(() => {});
          },
        }),
      }),
    });
    expect(conclusion.record.status).toBe('cancelled');
    expect(conclusion.record.failure?.code).toBe('ERR_DBT_KILLED');
    expect(conclusion.record.facts.credentials).toEqual([]);
    expect(asked.calls.filter((call) => call.endsWith('closed'))).toEqual(['vault closed']);
    expect(asked.written.has('statement.json') || asked.uploads.length > 0).toBe(true);
  });

  it('lets no login through whose token comes after the end', async () => {
    let give = () => {};
    const late = new Promise<void>((done) => {
      give = done;
    });
    let minted = 0;
    let pending: ReturnType<SnowflakeRelayOptions['login']> | undefined;
    let relay: SnowflakeRelayOptions | undefined;
    const { conclusion } = await run(issuer, 'relay', {
      mode: 'run',
      ports: (ports) => ({
        vault: async () => ({
          ...(await ports.vault()),
          snowflakeRelay: async (options) => {
            relay = options;
            return { port: 1, close: async () => {} };
          },
        }),
        idToken: (of) => async (audience) => {
          if (audience === 'snowflakecomputing.com' && ++minted > 1) await late;
          return await ports.idToken(of)(audience);
        },
        dbt: async (setup) => {
          const session = await ports.dbt(setup);
          const invoke: DbtSession['invoke'] = (command, credentials) => {
            const placeholder = credentials.get(SNOWFLAKE_TOKEN) as Secret;
            const data = {
              AUTHENTICATOR: 'WORKLOAD_IDENTITY',
              PROVIDER: 'OIDC',
              TOKEN: placeholder.reveal(),
            };
            pending = relay?.login(JSON.stringify({ data }));
            return session.invoke(command, credentials);
          };
          return { ...session, invoke };
        },
      }),
    });
    expect(conclusion.error).toBeNull();
    give();
    expect(await pending).toEqual({ refusal: expect.stringContaining('the run is over') });
  });

  it('is green when a session could not be ended, with a warning', async () => {
    const { conclusion, warned } = await run(issuer, 'relay', {
      ports: (ports) => ({
        vault: async () => ({
          ...(await ports.vault()),
          snowflakeRelay: async () => ({ port: 1, close: () => Promise.reject(new Error('no answer')) }),
        }),
      }),
    });
    expect([conclusion.error, conclusion.record.status]).toEqual([null, 'auth-only']);
    expect(warned).toEqual([expect.stringContaining('no answer')]);
  });
});
