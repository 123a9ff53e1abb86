import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpTiming } from '../../src/adapters/http.ts';
import { issuerJwks, type JwksOptions } from '../../src/adapters/jwks.ts';
import { PassportError } from '../../src/errors.ts';
import { verifyToken } from '../../src/identity/token.ts';
import type { Jwks } from '../../src/ports.ts';
import { Secret } from '../../src/secret.ts';
import { type Issuer, type Reply, startIssuer } from '../support/issuer.ts';

/** The rows J01 to J05 of the attack suite, against a key set server that misbehaves. */

let issuer: Issuer;
let now = 0;
let slept: number[] = [];
const timing: HttpTiming = {
  now: () => now,
  sleep: async (ms) => {
    slept.push(ms);
    now += ms;
  },
  random: () => 0,
};

beforeEach(async () => {
  issuer = await startIssuer();
  now = 0;
  slept = [];
});
afterEach(() => issuer.close());

function keys(options: Partial<JwksOptions> = {}): Jwks {
  return issuerJwks({ allowLoopback: true, timing, ...options });
}

async function reasonOf(asked: Promise<unknown>): Promise<string | undefined> {
  const error = await asked.then(
    () => new Error('a key set was accepted'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PassportError)) throw error;
  expect(error.code).toBe('ERR_JWKS_UNAVAILABLE');
  return error.reason;
}

async function reasonFor(reply: Reply, options: Partial<JwksOptions> = {}): Promise<string | undefined> {
  issuer.answer('/.well-known/jwks', reply);
  return reasonOf(keys(options)(issuer.issuer, { fresh: false }));
}

describe('key set server', () => {
  it('J01 a redirect, an error, a page or an empty object is no key set; 5xx is tried once more', async () => {
    const elsewhere = await startIssuer();
    const location = `${elsewhere.issuer}/.well-known/jwks`;
    for (const status of [301, 302, 307, 308]) {
      expect(await reasonFor({ status, headers: { location } })).toBe('JWKS_HTTP');
    }
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
    for (const body of [
      '<html></html>',
      '{}',
      '[]',
      'null',
      '{"keys":{}}',
      '{"keys":[null]}',
      '{"keys":["a"]}',
      '',
    ]) {
      expect(await reasonFor({ status: 200, body })).toBe('JWKS_HTTP');
    }
    expect(await reasonFor({ status: 404, body: '{"keys":[]}' })).toBe('JWKS_HTTP');
    issuer.requests.length = 0;
    expect(await reasonFor({ status: 500 })).toBe('JWKS_HTTP');
    expect(issuer.requests).toHaveLength(2);
  });

  it('J01 one failure with 5xx is survived', async () => {
    let first = true;
    const { publicJwk } = issuer.key();
    issuer.answer('/.well-known/jwks', () => {
      const reply = first ? { status: 503 } : { status: 200, body: JSON.stringify({ keys: [publicJwk] }) };
      first = false;
      return reply;
    });
    expect((await keys()(issuer.issuer, { fresh: false })).keys).toEqual([publicJwk]);
    expect(slept).toEqual([250]);
  });

  it('J02 a slow server is given up after two tries', async () => {
    expect(await reasonFor({ status: 200, body: '{"keys":[]}', delayMs: 8_000 }, { timeoutMs: 400 })).toBe(
      'JWKS_TIMEOUT',
    );
    expect(issuer.requests).toHaveLength(2);
  });

  it('J03 a key set above 256 KiB is not read to its end', async () => {
    const padding = 'x'.repeat(262_144);
    expect(await reasonFor({ status: 200, body: JSON.stringify({ keys: [], padding }) })).toBe('JWKS_SIZE');
    expect(issuer.requests).toHaveLength(1);
  });

  it('J04 http, a loopback host without leave, and hosts that are not GitHub’s', async () => {
    const refused = [
      issuer.issuer,
      'http://token.actions.githubusercontent.com',
      'https://127.0.0.1',
      'https://token.actions.githubusercontent.com.evil.com',
      'https://evil.com/.well-known',
      'https://10.0.0.1/_services/token',
    ];
    for (const name of refused) {
      expect(await reasonOf(keys({ allowLoopback: false })(name, { fresh: false }))).toBe('JWKS_URL');
    }
    expect(issuer.requests).toEqual([]);
  });

  it('J05 a rotation is followed; a cached set serves 10 minutes, then a server that is down denies', async () => {
    const rotating = await startIssuer();
    const expected = { issuer: rotating.issuer, audience: 'dbt-passport/acme' };
    const ports = { jwks: keys(), clock: () => new Date() };
    await expect(verifyToken(new Secret(await rotating.mint()), expected, ports)).resolves.toBeDefined();
    now += 120_000;
    await rotating.rotate();
    const token = new Secret(await rotating.mint());
    const unpublished = new Secret(await rotating.mint({ key: issuer.key() }));
    await expect(verifyToken(token, expected, ports)).resolves.toBeDefined();
    await rotating.close();
    now += 600_000;
    await expect(verifyToken(token, expected, ports)).resolves.toBeDefined();
    expect(await reasonOf(verifyToken(unpublished, expected, ports))).toBe('JWKS_DOWN');
    now += 10_000;
    expect(await reasonOf(verifyToken(token, expected, ports))).toBe('JWKS_DOWN');
  });
});
