import { describe, expect, it } from 'vitest';
import { identityOf } from '../../src/identity/given-claims.ts';

describe('claims that a person wrote down', () => {
  it('keeps known claims with their types and nothing else', () => {
    const { claims, token } = identityOf(
      JSON.parse(
        '{"iss": "https://i", "sub": "s", "repository_id": 7, "unknown": "x", "__proto__": {"ref": "y"}}',
      ),
    );
    expect([...claims]).toEqual([
      ['iss', 'https://i'],
      ['sub', 's'],
      ['repository_id', 7],
    ]);
    expect(token).toMatchObject({ issuer: 'https://i', subject: 's', audience: '', sha256: '' });
  });

  it.each([null, [], 'text', 7])('refuses %j, which is no object', (written) => {
    expect(() => identityOf(written)).toThrow(/expected an object with the claims/);
  });

  it.each([
    [{}, /got none of them$/],
    [{ identity: { claims: { iss: 'x' } }, '##[x]\n': 1 }, /none of them, but identity, [^\n]*$/],
  ])('refuses %j, which has no claim at its top', (written, message) => {
    expect(() => identityOf(written)).toThrow(message);
  });

  it('refuses a claim that is longer than any of GitHub', () => {
    const of = (length: number) => () => identityOf({ iss: 'https://i', sub: 's'.repeat(length) });
    expect(of(8_192)().token.subject).toHaveLength(8_192);
    expect(of(8_193)).toThrow('expected at most 8192 characters in the claim sub, got 8193');
  });
});
