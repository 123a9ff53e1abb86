import { describe, expect, it } from 'vitest';
import { CloudFault } from '../../../src/credentials/cloud-fault.ts';
import { openSnowflake } from '../../../src/credentials/routes/snowflake.ts';
import type { SnowflakeLogin } from '../../../src/policy/grant-types.ts';
import { Secret } from '../../../src/secret.ts';
import { GRANT, IDENTITY, idToken, NOW, testDesk } from './fixture.ts';

const open = (login: SnowflakeLogin, desk = testDesk()) => openSnowflake({ ...GRANT, login }, desk);
const plainly = (variables: ReadonlyMap<string, string | Secret>) =>
  Object.fromEntries(
    [...variables].map(([name, value]) => [name, typeof value === 'string' ? value : value.reveal()]),
  );
const TOKEN = 'DBT_ENV_SECRET_PASSPORT_SNOWFLAKE_TOKEN';
const refused = new CloudFault({
  ...{ cloud: 'snowflake', call: 'login', status: 401, code: '394729', text: 'no', transient: false },
});

describe('the relay route', () => {
  it('checks the login, then gives dbt a relay and a placeholder', async () => {
    const desk = testDesk();
    const route = await open({ route: 'relay', audience: 'snowflake/acme' }, desk);
    expect(desk.events).toEqual([
      'token 1 for snowflake/acme',
      'login check WORKLOAD_IDENTITY as transformer',
      'issued login check',
      'relay',
    ]);
    expect(plainly(route.variables)).toEqual({
      [TOKEN]: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      DBT_PASSPORT_SNOWFLAKE_PORT: '4711',
      SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES: '127.0.0.1',
    });
    expect(route.lifetimes).toEqual([
      { credential: 'Snowflake login token', seconds: 300, renewal: 'a fresh one at each login' },
    ]);
    expect(desk.relays).toMatchObject([
      { upstream: 'https://acme-prod-eu.snowflakecomputing.com', role: 'transformer' },
    ]);
    await route.close?.();
    expect(desk.events.at(-1)).toBe('relay closed');
  });

  it('makes a token per login and records each session before dbt has it', async () => {
    const desk = testDesk();
    const { variables } = await open({ route: 'relay', audience: 'a' }, desk);
    const [relay] = desk.relays;
    const data = { AUTHENTICATOR: 'WORKLOAD_IDENTITY', PROVIDER: 'OIDC', TOKEN: plainly(variables)[TOKEN] };
    for (const number of [2, 3]) {
      const answer = await relay?.login(JSON.stringify({ data }));
      expect(JSON.stringify(answer)).not.toContain(idToken(number).reveal());
      const body = answer !== undefined && 'body' in answer ? JSON.parse(answer.body.reveal()) : {};
      expect(body.data).toMatchObject({ TOKEN: idToken(number).reveal(), LOGIN_NAME: 'dbt_prod' });
    }
    const tokens = [new Secret('session'), new Secret('master')];
    relay?.opened({ id: '17', how: 'login', seconds: 3600, tokens });
    relay?.opened({ id: '17', how: 'renewal', seconds: 0, tokens });
    expect(desk.secrets).toEqual([...tokens, ...tokens]);
    const common = { provider: 'snowflake', principal: 'DBT_PROD', scope: 'the role TRANSFORMER' };
    expect(desk.facts.slice(1)).toEqual([
      {
        ...{ ...common, route: 'login relay', requestId: '17' },
        ...{ issuedAt: NOW.toISOString(), expiresAt: '2026-11-22T09:00:00.000Z' },
      },
      { ...common, route: 'session renewal', requestId: '17', issuedAt: NOW.toISOString(), expiresAt: '' },
    ]);
  });
});

describe('the token route', () => {
  it('gives dbt a token of its own, made after the check', async () => {
    const desk = testDesk();
    const { variables, lifetimes } = await open({ route: 'token', audience: 'a' }, desk);
    expect(plainly(variables)).toEqual({
      [TOKEN]: idToken(2).reveal(),
      SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES: '',
    });
    expect(lifetimes).toMatchObject([{ credential: 'Snowflake login token', seconds: 300, renewal: null }]);
    expect(desk.facts.at(-1)).toMatchObject({
      ...{ route: 'login token', expiresAt: '2026-11-22T08:05:00.000Z' },
    });
    expect(desk.secrets.map((secret) => secret.reveal())).toEqual([idToken(2).reveal()]);
  });
});

describe('the oauth route', () => {
  const oauth = {
    ...{ tokenUrl: 'https://idp.acme/token', grantType: 'token-exchange' as const, audience: 'idp' },
  };
  const exchanged = {
    ...{ token: new Secret('access'), expiresAt: new Date(NOW.getTime() + 1_800_000) },
    scope: 'session:role:TRANSFORMER',
  };

  it('exchanges, masks, and checks the login with the access token', async () => {
    const seen: unknown[] = [];
    const desk = testDesk({
      oauthToken: async (request, token) => {
        seen.push(request, token.reveal());
        return exchanged;
      },
    });
    const { variables, lifetimes } = await open({ route: 'oauth', oauth }, desk);
    expect(seen).toEqual([{ ...oauth, cloud: 'oauth' }, idToken(1).reveal()]);
    expect(desk.events).toEqual([
      ...['token 1 for idp', 'issued access token', 'login check OAUTH as transformer', 'issued login check'],
    ]);
    expect(plainly(variables)).toEqual({ [TOKEN]: 'access' });
    expect(lifetimes).toMatchObject([{ credential: 'Snowflake access token', seconds: 1800, renewal: null }]);
    expect(desk.facts[0]).toMatchObject({ provider: 'oauth', scope: 'session:role:TRANSFORMER' });
  });

  it('ends with the refusal of the identity provider after one call', async () => {
    let calls = 0;
    const desk = testDesk({
      oauthToken: async () => {
        calls += 1;
        throw refused;
      },
    });
    await expect(open({ route: 'oauth', oauth }, desk)).rejects.toBe(refused);
    expect(calls).toBe(1);
    expect(desk.facts).toEqual([]);
  });
});

describe('every federated route', () => {
  it.each(['relay', 'token'] as const)('%s ends with a refused login after one call', async (route) => {
    let calls = 0;
    const desk = testDesk({
      snowflakeIdentity: async () => {
        calls += 1;
        throw refused;
      },
    });
    await expect(open({ route, audience: 'a' }, desk)).rejects.toBe(refused);
    expect(calls).toBe(1);
    expect(desk.relays).toEqual([]);
  });

  it('tries a passing fault again with a fresh token', async () => {
    const tokens: string[] = [];
    const desk = testDesk({
      snowflakeIdentity: async (_, token) => {
        tokens.push(token.reveal());
        if (tokens.length === 1) throw new CloudFault({ ...refused, status: 503, transient: true });
        return IDENTITY;
      },
    });
    await open({ route: 'relay', audience: 'a' }, desk);
    expect(tokens).toEqual([idToken(1).reveal(), idToken(2).reveal()]);
  });

  it('opens no relay for another identity, and has it on record', async () => {
    const desk = testDesk({ snowflakeIdentity: async () => ({ ...IDENTITY, role: 'ACCOUNTADMIN' }) });
    await expect(open({ route: 'relay', audience: 'a' }, desk)).rejects.toMatchObject({
      code: 'ERR_CREDENTIAL_MISMATCH',
    });
    expect(desk.facts).toMatchObject([{ route: 'login check', scope: 'the role ACCOUNTADMIN' }]);
    expect(desk.relays).toEqual([]);
  });
});
