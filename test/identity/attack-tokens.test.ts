import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto';
import { CompactEncrypt, CompactSign, compactVerify, exportJWK, generateKeyPair, type JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issuerJwks } from '../../src/adapters/jwks.ts';
import { PassportError } from '../../src/errors.ts';
import { claimText, type Identity } from '../../src/identity/claims.ts';
import { checkContext } from '../../src/identity/context.ts';
import { signingKey } from '../../src/identity/signing-key.ts';
import { verifyToken } from '../../src/identity/token.ts';
import type { Jwks } from '../../src/ports.ts';
import { Secret } from '../../src/secret.ts';
import { githubClaims, JOB } from '../support/claims.ts';
import {
  base64url,
  type Issuer,
  type IssuerKey,
  newSigningKey,
  signCompact,
  startIssuer,
} from '../support/issuer.ts';
import { rocaModulus } from './roca-modulus.ts';

/** The rows T01 to T34 of the attack suite: each a token that must be refused, with a name for why. */

const NOW = new Date('2026-11-22T05:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const AUDIENCE = 'dbt-passport/acme';
const HEADER = () => ({ typ: 'JWT', alg: 'RS256', kid: issuer.key().kid });

let issuer: Issuer;
let attacker: Issuer;
let slept: number[] = [];
let jwks: Jwks;

beforeAll(async () => {
  issuer = await startIssuer({ now: () => NOW });
  attacker = await startIssuer({ now: () => NOW });
});
afterAll(async () => {
  await issuer.close();
  await attacker.close();
});
beforeEach(() => {
  issuer.publish([issuer.key().publicJwk]);
  issuer.requests.length = 0;
  attacker.requests.length = 0;
  slept = [];
  const sleep = async (ms: number) => void slept.push(ms);
  jwks = issuerJwks({ allowLoopback: true, timing: { now: () => 0, sleep, random: () => 0 } });
});

function verify(token: string, expected: { issuer?: string; jwks?: Jwks } = {}): Promise<Identity> {
  return verifyToken(
    new Secret(token),
    { issuer: expected.issuer ?? issuer.issuer, audience: AUDIENCE },
    { jwks: expected.jwks ?? jwks, clock: () => NOW },
  );
}

/** The error that refuses the token; no part of the token may be in it. */
async function refusalOf(
  token: string,
  expected: { issuer?: string; jwks?: Jwks } = {},
): Promise<PassportError> {
  const error = await verify(token, expected).then(
    () => new Error('the token was accepted'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PassportError)) throw error;
  const shown = `${error.message} ${error.hint} ${String(error.cause)}`;
  for (const part of token.split('.')) if (part.length >= 8) expect(shown).not.toContain(part);
  return error;
}

async function reasonOf(token: string): Promise<string | undefined> {
  return (await refusalOf(token)).reason;
}

const payload = (overrides: object = {}) =>
  JSON.stringify(githubClaims({ iss: issuer.issuer, aud: AUDIENCE, ...overrides }, NOW));
const withHeader = (header: object) => issuer.mint({ header: { ...header } });
const withClaims = (claims: object) => issuer.mint({ claims: { ...claims } });
const unsigned = (header: object, signature = '') =>
  `${base64url(JSON.stringify(header))}.${base64url(payload())}.${signature}`;

describe('tokens that are accepted', () => {
  it('is a plain GitHub token, and its claims and digest are kept', async () => {
    const token = await issuer.mint();
    const identity = await verify(token);
    expect(identity.claims.get('repository_id')).toBe('456789');
    expect(identity.token).toMatchObject({
      issuer: issuer.issuer,
      audience: AUDIENCE,
      subject: 'repo:octo-org@123456/jaffle-shop@456789:environment:prod',
      issuedAt: '2026-11-22T05:00:00.000Z',
      expiresAt: '2026-11-22T05:05:00.000Z',
    });
    const digest = await crypto.subtle.digest('SHA-256', Buffer.from(token));
    expect(identity.token.sha256).toBe(Buffer.from(digest).toString('hex'));
  });

  it('may hold claims that the product does not know; they are left out', async () => {
    const identity = await verify(await withClaims({ repo_property_tier: 'one', issuer_scope: 'x' }));
    expect([...identity.claims.keys()]).not.toContain('repo_property_tier');
  });
});

describe('algorithm and keys', () => {
  it('T01 alg none in any spelling, or no signature', async () => {
    expect(await reasonOf(unsigned({ alg: 'none', typ: 'JWT' }))).toBe('TOKEN_ALG');
    expect(await reasonOf(unsigned({ ...HEADER(), alg: 'nOnE' }))).toBe('TOKEN_ALG');
    expect(await reasonOf(unsigned({ typ: 'JWT' }, 'AAAA'))).toBe('TOKEN_ALG');
    expect(await reasonOf(unsigned(HEADER()))).toBe('TOKEN_ALG');
    const { message } = await refusalOf(unsigned({ alg: 'none', typ: 'JWT' }));
    expect(message).toBe('only RS256 is accepted; the token has alg "none"');
  });

  it('T02 HS256 keyed with the public key', async () => {
    const jwk = issuer.key().publicJwk;
    const pem = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    });
    for (const secret of [pem, String(jwk.n)]) {
      const input = unsigned({ ...HEADER(), alg: 'HS256' });
      const mac = createHmac('sha256', secret).update(input.slice(0, -1)).digest('base64url');
      expect(await reasonOf(`${input}${mac}`)).toBe('TOKEN_ALG');
    }
  });

  it('T03 another algorithm with a valid, published key', async () => {
    for (const alg of ['PS256', 'RS512', 'ES256']) {
      const pair = await generateKeyPair(alg);
      issuer.publish([{ ...(await exportJWK(pair.publicKey)), kid: 'other', alg }]);
      const signer = new CompactSign(Buffer.from(payload())).setProtectedHeader({
        typ: 'JWT',
        alg,
        kid: 'other',
      });
      expect(await reasonOf(await signer.sign(pair.privateKey))).toBe('TOKEN_ALG');
    }
  });

  it('T03 the key itself is for RS256 only, whatever the check of the header lets through', async () => {
    const { kid, publicJwk, privateKey } = issuer.key();
    const modern = { ...publicJwk };
    delete modern.alg;
    const key = await signingKey(kid, issuer.issuer, async () => ({ keys: [modern] }));
    const pkcs8 = await crypto.subtle.exportKey('pkcs8', privateKey);
    for (const [name, alg, good] of [
      ['RSASSA-PKCS1-v1_5', 'RS256', true],
      ['RSASSA-PKCS1-v1_5', 'RS512', false],
      ['RSA-PSS', 'PS256', false],
    ] as const) {
      const hash = `SHA-${alg.slice(2)}`;
      const signer = await crypto.subtle.importKey('pkcs8', pkcs8, { name, hash }, false, ['sign']);
      const token = await new CompactSign(Buffer.from(payload()))
        .setProtectedHeader({ alg, kid })
        .sign(signer);
      const outcome = compactVerify(token, key).then(
        () => true,
        () => false,
      );
      expect([alg, await outcome]).toEqual([alg, good]);
    }
  });

  it('T04 an embedded jwk with the attacker’s signature', async () => {
    const key = attacker.key();
    const header = { jwk: key.publicJwk, kid: issuer.key().kid };
    expect(await reasonOf(await issuer.mint({ key, header }))).toBe('TOKEN_HEADER');
    const plainly = await issuer.mint({ key, header: { kid: issuer.key().kid } });
    expect(await reasonOf(plainly)).toBe('TOKEN_SIGNATURE');
  });

  it('T05 jku, x5u and x5c are refused and never followed; x5t is only a name', async () => {
    const url = `${attacker.issuer}/.well-known/jwks`;
    expect(await reasonOf(await withHeader({ jku: url }))).toBe('TOKEN_HEADER');
    expect(await reasonOf(await withHeader({ x5u: url }))).toBe('TOKEN_HEADER');
    expect(await reasonOf(await withHeader({ x5c: ['MIIB'] }))).toBe('TOKEN_HEADER');
    await expect(verify(await withHeader({ x5t: 'eBZ_cn3sXYAd0ch4THBKHIgOwOE' }))).resolves.toBeDefined();
    expect(attacker.requests).toEqual([]);
  });

  it('T06 no kid, though the set has one key', async () => {
    expect(await reasonOf(await withHeader({ kid: undefined }))).toBe('TOKEN_KID');
  });

  it('T07 a kid that is no short word; it is never shown raw', async () => {
    for (const kid of [7, '__proto__', '../../dev/null', 'k'.repeat(10_000), 'a\nb', '', null, ['a']]) {
      const error = await refusalOf(await withHeader({ kid }));
      expect(error.reason).toBe('TOKEN_KID');
      expect(error.message.length).toBeLessThan(200);
      expect(error.message).not.toContain('\n');
    }
    expect(issuer.requests).toEqual([]);
  });

  it('T08 an unknown kid asks for the keys once more after the cooldown, then is refused', async () => {
    const key = await newSigningKey();
    expect(await reasonOf(await issuer.mint({ key }))).toBe('TOKEN_KID_UNKNOWN');
    expect(issuer.requests.map(({ path }) => path)).toEqual(['/.well-known/jwks', '/.well-known/jwks']);
    expect(slept).toEqual([2000]);
  });
});

describe('header and format', () => {
  it('T09 crit, unknown or empty', async () => {
    expect(await reasonOf(await withHeader({ crit: ['exp'] }))).toBe('TOKEN_HEADER');
    expect(await reasonOf(await withHeader({ crit: [] }))).toBe('TOKEN_HEADER');
  });

  it('T10 b64, with crit and without', async () => {
    expect(await reasonOf(await withHeader({ b64: false, crit: ['b64'] }))).toBe('TOKEN_HEADER');
    expect(await reasonOf(await withHeader({ b64: false }))).toBe('TOKEN_HEADER');
  });

  it('T11 another typ, or none', async () => {
    for (const typ of ['at+jwt', undefined, 'jwt', 'application/jwt', 1]) {
      expect(await reasonOf(await withHeader({ typ }))).toBe('TOKEN_TYP');
    }
  });

  it('T12 a nested or compressed token', async () => {
    expect(await reasonOf(await withHeader({ cty: 'JWT' }))).toBe('TOKEN_HEADER');
    expect(await reasonOf(await withHeader({ zip: 'DEF' }))).toBe('TOKEN_HEADER');
  });

  it('T13 JWE, JSON serialisation, another number of parts, nothing', async () => {
    const jwe = await new CompactEncrypt(Buffer.from(payload()))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(new Uint8Array(32));
    const [header, body, signature] = (await issuer.mint()).split('.');
    const json = JSON.stringify({ payload: body, signatures: [{ protected: header, signature }] });
    const flattened = JSON.stringify({ payload: body, protected: header, signature });
    for (const token of [
      jwe,
      json,
      flattened,
      `${header}.${body}`,
      `${header}.${body}.${signature}.`,
      '',
      '..',
    ]) {
      expect(await reasonOf(token)).toBe('TOKEN_FORMAT');
    }
  });

  it('T14 white space, padding, and spare bits of base64url', async () => {
    const token = await issuer.mint();
    const [header = '', body = '', signature = ''] = token.split('.');
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spare = signature.slice(0, -1) + last.charAt(last.indexOf(signature.slice(-1)) + 1);
    const odd = [
      `${token}\n`,
      ` ${token}`,
      `${token}==`,
      `${header}=.${body}.${signature}`,
      `${header}. ${body}.${signature}`,
      `${header}.${body}.${signature.slice(0, 9)}\n${signature.slice(9)}`,
      `${header}.${body}.${spare}`,
      `${header}.${body}.A`,
      `${header}.${body}.${signature.replaceAll('-', '+').replaceAll('_', '/')}`,
    ];
    for (const text of odd) expect(await reasonOf(text)).toBe('TOKEN_FORMAT');
  });

  it('T15 a claim twice, also in another spelling', async () => {
    for (const name of ['"repository_id"', '"repository\\u005fid"', '"repository_id" ']) {
      const claims = `{${name}:"999",${payload().slice(1)}`;
      expect(await reasonOf(await issuer.mint({ claims }))).toBe('TOKEN_DUPLICATE');
    }
  });

  it('T16 a header parameter twice', async () => {
    const header = `{"alg":"none",${JSON.stringify(HEADER()).slice(1)}`;
    expect(await reasonOf(await issuer.mint({ header }))).toBe('TOKEN_DUPLICATE');
  });

  it('T17 claims with the names of object internals', async () => {
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const claims = `{"${name}":{"repository_id":"1"},${payload().slice(1)}`;
      expect(await reasonOf(await issuer.mint({ claims }))).toBe('CLAIM_NAME');
    }
  });

  it('T18 deep nesting and great size', async () => {
    const deep = (levels: number) => `{"x":${'['.repeat(levels)}${']'.repeat(levels)},${payload().slice(1)}`;
    expect(await reasonOf(await issuer.mint({ claims: deep(100_000) }))).toBe('TOKEN_SIZE');
    expect(await reasonOf(await issuer.mint({ claims: deep(4_000) }))).toBe('TOKEN_SIZE');
    expect(await reasonOf(await withClaims({ x: 'x'.repeat(5_000_000) }))).toBe('TOKEN_SIZE');
    await expect(verify(await withClaims({ x: 'x'.repeat(8_000), y: [[{ z: 1 }]] }))).resolves.toBeDefined();
  });

  it('T19 a payload that is no JSON object in UTF-8', async () => {
    const header = JSON.stringify(HEADER());
    const bytes = Buffer.from(payload({ actor: 'X' }).replace('"X"', '"\xff"'), 'latin1');
    for (const body of ['[]', 'null', '"a"', '{', '', `\ufeff${payload()}`, new Uint8Array(bytes)]) {
      const token = await signCompact(header, body, issuer.key());
      expect(await reasonOf(token)).toBe('TOKEN_FORMAT');
    }
  });
});

describe('audience and issuer', () => {
  it('T20 a list of audiences', async () => {
    expect(await reasonOf(await withClaims({ aud: [AUDIENCE] }))).toBe('TOKEN_AUD');
    expect(await reasonOf(await withClaims({ aud: ['evil', AUDIENCE] }))).toBe('TOKEN_AUD');
  });

  it('T21 no audience, another case, GitHub’s default', async () => {
    for (const aud of [undefined, 7, '', 'DBT-passport/acme', 'https://github.com/octo-org']) {
      expect(await reasonOf(await withClaims({ aud }))).toBe('TOKEN_AUD');
    }
    const { message } = await refusalOf(await withClaims({ aud: 'https://github.com/octo-org' }));
    expect(message).toBe(
      `the token was asked for the audience "${AUDIENCE}"; it is for "https://github.com/octo-org"`,
    );
  });

  it('T22 a token for a cloud, replayed to the gate', async () => {
    for (const aud of [
      'sts.amazonaws.com',
      'https://iam.googleapis.com/projects/1/x',
      'acme.snowflakecomputing.com',
    ]) {
      const url = `${issuer.requestUrl}&audience=${encodeURIComponent(aud)}`;
      const reply = await fetch(url, { headers: { authorization: `Bearer ${issuer.requestToken}` } });
      const { value } = (await reply.json()) as { value: string };
      expect(await reasonOf(value)).toBe('TOKEN_AUD');
    }
  });

  it('T23 an issuer that differs in one character, or is a list', async () => {
    const near = [`${issuer.issuer}/`, issuer.issuer.replace('http', 'https'), issuer.issuer.toUpperCase()];
    for (const iss of [...near, [issuer.issuer], undefined, null]) {
      const error = await refusalOf(await withClaims({ iss }));
      expect(error.reason).toBe('TOKEN_ISS');
      expect(error.message).toContain(issuer.issuer);
    }
  });

  it('T24 the issuer of an enterprise or a server when the policy says github.com', async () => {
    const github = 'https://token.actions.githubusercontent.com';
    const anyIssuer: Jwks = async () => ({ keys: [issuer.key().publicJwk] });
    for (const iss of [
      `${github}/acme`,
      'https://token.actions.acme.ghe.com',
      'https://git.acme.com/_services/token',
    ]) {
      const error = await refusalOf(await withClaims({ iss }), { issuer: github, jwks: anyIssuer });
      expect(error.reason).toBe('TOKEN_ISS');
      expect(error.message).toContain(iss);
      expect(error.hint).toContain('`issuer:`');
    }
  });

  it('T25 keys are never taken from the address that a discovery document names', async () => {
    const jwks_uri = `${attacker.issuer}/.well-known/jwks`;
    const body = JSON.stringify({ issuer: issuer.issuer, jwks_uri });
    issuer.answer('/.well-known/openid-configuration', { status: 200, body });
    expect(await reasonOf(await issuer.mint({ key: attacker.key() }))).toBe('TOKEN_KID_UNKNOWN');
    issuer.answer('/.well-known/openid-configuration', undefined);
    expect(attacker.requests).toEqual([]);
    expect(issuer.requests.every(({ path }) => path === '/.well-known/jwks')).toBe(true);
  });
});

describe('required claims', () => {
  it('are there and are text', async () => {
    for (const name of ['sub', 'jti']) {
      for (const value of [undefined, '', 7, null, ['a']]) {
        const error = await refusalOf(await withClaims({ [name]: value }));
        expect(error.reason).toBe('TOKEN_CLAIM');
        expect(error.message).toContain(name);
      }
    }
  });
});

describe('times', () => {
  it('T26 exp missing or not a number', async () => {
    for (const exp of [undefined, String(SECONDS + 300), null, [SECONDS + 300]]) {
      expect(await reasonOf(await withClaims({ exp }))).toBe('TOKEN_TIME');
    }
    for (const name of ['iat', 'nbf']) {
      expect(await reasonOf(await withClaims({ [name]: undefined }))).toBe('TOKEN_TIME');
      expect(await reasonOf(await withClaims({ [name]: String(SECONDS) }))).toBe('TOKEN_TIME');
      expect(await reasonOf(await withClaims({ [name]: SECONDS - 0.5 }))).toBe('TOKEN_TIME');
    }
  });

  it('T27 a life without end', async () => {
    const far = Date.parse('2099-01-01T00:00:00Z') / 1000;
    expect(await reasonOf(await withClaims({ exp: far }))).toBe('TOKEN_TIME');
    expect(await reasonOf(await withClaims({ exp: SECONDS + 3601 }))).toBe('TOKEN_TIME');
    expect(await reasonOf(await withClaims({ exp: SECONDS + 299.5 }))).toBe('TOKEN_TIME');
    const claims = payload({ exp: 77777 }).replace('77777', '1e400');
    expect(await reasonOf(await issuer.mint({ claims }))).toBe('TOKEN_TIME');
    await expect(verify(await withClaims({ exp: SECONDS + 3600 }))).resolves.toBeDefined();
  });

  it('T28 expired 30 s ago is within the tolerance, 120 s ago is not', async () => {
    await expect(verify(await withClaims({ iat: SECONDS - 330, exp: SECONDS - 30 }))).resolves.toBeDefined();
    const error = await refusalOf(await withClaims({ iat: SECONDS - 420, exp: SECONDS - 120 }));
    expect(error).toMatchObject({ code: 'ERR_TOKEN_EXPIRED', reason: 'TOKEN_EXPIRED' });
    expect(error.message).toContain('expired 120 s ago');
  });

  it('T29 not yet valid, issued in the future, issued an hour ago', async () => {
    await expect(verify(await withClaims({ nbf: SECONDS + 30 }))).resolves.toBeDefined();
    const early = await refusalOf(await withClaims({ nbf: SECONDS + 120 }));
    expect(early.reason).toBe('TOKEN_TIME');
    expect(early.message).toContain('120 s ahead');
    expect(await reasonOf(await withClaims({ iat: SECONDS + 120 }))).toBe('TOKEN_TIME');
    expect(await reasonOf(await withClaims({ iat: SECONDS - 3600, exp: SECONDS - 30 }))).toBe('TOKEN_TIME');
  });
});

describe('claims and keys in detail', () => {
  it('T30 a token of another run or attempt', async () => {
    const { claims } = await verify(await issuer.mint());
    expect(() => checkContext(claims, JOB)).not.toThrow();
    expect(() => checkContext(claims, { ...JOB, runAttempt: '2' })).toThrow(
      expect.objectContaining({ reason: 'CONTEXT_MISMATCH' }),
    );
    expect(() => checkContext(claims, { ...JOB, runId: '1746933708' })).toThrow(/run_id/);
  });

  it('T31 an id that is no plain text is never coerced', async () => {
    const kindOf = async (repository_id: unknown) => {
      const { claims } = await verify(await withClaims({ repository_id }));
      return claimText(claims, 'repository_id').kind;
    };
    for (const id of [456789, ['456789'], { id: '456789' }, null]) expect(await kindOf(id)).toBe('not-text');
    expect(await kindOf('')).toBe('missing');
    for (const id of ['456789\n', '\t456789', '４５６７８９', '456789\u200b']) {
      expect(await kindOf(id)).toBe('not-plain');
    }
    const { claims } = await verify(await withClaims({ repository_id: ' 0456789' }));
    expect(claimText(claims, 'repository_id')).toEqual({ kind: 'text', value: ' 0456789' });
  });

  it('T32 an RSA key of 1024 bits', async () => {
    const key = await rsaKey(1024);
    issuer.publish([key.publicJwk]);
    expect(await reasonOf(await issuer.mint({ key }))).toBe('KEY_WEAK');
  });

  it('T33 two keys with one kid', async () => {
    const { publicJwk, kid } = issuer.key();
    issuer.publish([publicJwk, { ...attacker.key().publicJwk, kid }]);
    expect(await reasonOf(await issuer.mint())).toBe('JWKS_AMBIGUOUS');
  });

  it('T34 a key with another exponent, of a faulty generator, or for another use', async () => {
    const key = issuer.key().publicJwk;
    const weak: [JWK, string][] = [
      [{ ...key, e: 'AQ' }, 'the exponent of the RSA key must be 65537'],
      [{ ...key, e: 'Aw' }, 'the exponent of the RSA key must be 65537'],
      [{ ...key, n: '?' }, 'the numbers of the RSA key must be base64url'],
      [{ ...key, n: 'AAAAA' }, 'the numbers of the RSA key must be base64url'],
      [
        { kty: 'RSA', kid: String(key.kid), n: String(key.n) },
        'the numbers of the RSA key must be base64url',
      ],
      [{ ...key, n: '_'.repeat(1400) }, 'the RSA key has 8400 bits; 2048 to 8192 are accepted'],
      [{ ...key, n: rocaModulus() }, 'the RSA key is from a faulty generator (CVE-2017-15361)'],
      [{ ...key, use: 'enc' }, 'the key must be an RSA key for RS256 signatures'],
      [{ ...key, alg: 'PS256' }, 'the key must be an RSA key for RS256 signatures'],
      [{ ...key, key_ops: ['encrypt'] }, 'the key must be an RSA key for RS256 signatures'],
      [{ ...key, kty: 'oct', k: 'c2VjcmV0' }, 'the key must be an RSA key for RS256 signatures'],
    ];
    for (const [published, message] of weak) {
      issuer.publish([published]);
      const fresh = issuerJwks({ allowLoopback: true });
      expect(await refusalOf(await issuer.mint(), { jwks: fresh })).toMatchObject({
        reason: 'KEY_WEAK',
        message,
      });
    }
  });
});

/** jose makes no key this short. */
async function rsaKey(modulusLength: number): Promise<IssuerKey> {
  const publicExponent = new Uint8Array([1, 0, 1]);
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength, publicExponent };
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const kid = 'short';
  return { kid, privateKey: pair.privateKey, publicJwk: { ...(await exportJWK(pair.publicKey)), kid } };
}
