import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyToken } from '../../src/identity/token.ts';
import { Secret } from '../../src/secret.ts';
import { type Issuer, startIssuer } from '../support/issuer.ts';

const NOW = new Date('2026-11-22T05:00:00Z');

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer({ now: () => NOW });
});
afterAll(() => issuer.close());

function verify(token: string) {
  const jwks = async () => ({ keys: [issuer.key().publicJwk] });
  const expected = { issuer: issuer.issuer, audience: 'dbt-passport/acme' };
  return verifyToken(new Secret(token), expected, { jwks, clock: () => NOW });
}

describe('verifyToken', () => {
  it('property: a token that was changed anywhere is refused, with a named reason', async () => {
    const token = await issuer.mint();
    await verify(token);
    const change = fc.record({
      at: fc.nat(token.length),
      removed: fc.nat(3),
      put: fc.oneof(fc.string({ maxLength: 3 }), fc.stringMatching(/^[A-Za-z0-9_.-]{0,3}$/)),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, removed, put }) => {
        const changed = token.slice(0, at) + put + token.slice(at + removed);
        fc.pre(changed !== token);
        await expect(verify(changed)).rejects.toMatchObject({
          name: 'PassportError',
          code: 'ERR_TOKEN_INVALID',
          reason: expect.stringMatching(/^(TOKEN|CLAIM|KEY)_[A-Z_]+$/),
        });
      }),
      { numRuns: 300 },
    );
  });

  it('property: text of any kind is refused, with a named reason', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json()), async (text) => {
        await expect(verify(text)).rejects.toMatchObject({
          code: 'ERR_TOKEN_INVALID',
          reason: 'TOKEN_FORMAT',
        });
      }),
    );
  });

  it('keeps the values of the claims as they are, odd ones too', async () => {
    const odd = { repository_id: 456789, actor: null, ref: ['refs/heads/main'], head_ref: ' \n' };
    const { claims } = await verify(await issuer.mint({ claims: odd }));
    for (const [name, value] of Object.entries(odd)) expect(claims.get(name as 'actor')).toEqual(value);
    expect(claims.has('enterprise')).toBe(false);
  });
});
