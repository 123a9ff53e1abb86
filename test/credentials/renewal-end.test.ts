import { describe, expect, it } from 'vitest';
import { renewalEnd } from '../../src/credentials/renewal-end.ts';

const NOW = new Date('2026-11-22T08:30:00Z');
const IN_SIX_HOURS = new Date('2026-11-22T14:30:00Z');

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenWith = (payload: object) => `${part({ alg: 'RS256' })}.${part(payload)}.c2ln`;

describe('renewalEnd', () => {
  it('is the expiry of the request token', () => {
    const end = new Date('2026-11-22T12:00:00Z');
    expect(renewalEnd(tokenWith({ exp: end.getTime() / 1000 }), NOW)).toEqual(end);
  });

  it.each<[string, string | undefined]>([
    ['no token', undefined],
    ['an opaque token', 'ghs_opaque'],
    ['no expiry', tokenWith({ iat: 1 })],
    ['a null expiry', tokenWith({ exp: null })],
    ['an expiry that is no number', tokenWith({ exp: 'soon' })],
    ['an expiry beyond every calendar', tokenWith({ exp: 1e300 })],
    ['an expiry in the past', tokenWith({ exp: 1 })],
  ])('is about six hours from now with %s', (_title, token) => {
    expect(renewalEnd(token, NOW)).toEqual(IN_SIX_HOURS);
  });
});
