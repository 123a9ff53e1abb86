import { describe, expect, it } from 'vitest';
import { CLAIM_NAMES, type Claims, claimText, shownClaim } from '../../src/identity/claims.ts';
import { githubClaims } from '../support/claims.ts';

const read = (value: unknown) => claimText(new Map([['actor', value]]) as Claims, 'actor');

describe('claimText', () => {
  it('reads printable ASCII as it is, white space included', () => {
    expect(read('octocat')).toEqual({ kind: 'text', value: 'octocat' });
    expect(read(' a b ~')).toEqual({ kind: 'text', value: ' a b ~' });
    expect(read('0456789')).toEqual({ kind: 'text', value: '0456789' });
  });

  it('calls an absent or empty claim missing', () => {
    expect(claimText(new Map(), 'actor')).toEqual({ kind: 'missing', value: '' });
    expect(read('')).toEqual({ kind: 'missing', value: '' });
  });

  it.each([7, 0, true, null, ['a'], { a: 'b' }])('never takes %j for text', (value) => {
    expect(read(value).kind).toBe('not-text');
  });

  it.each([
    ['a line break', 'a\n'],
    ['a tab', '\ta'],
    ['NUL', 'a\0'],
    ['DEL', 'a\u007f'],
    ['full-width digits', '４５６'],
    ['a Cyrillic look-alike', 'оcto-org'],
    ['the Kelvin sign', '\u212a'],
    ['a zero-width space', 'a\u200bb'],
    ['a right-to-left mark', 'a\u202eb'],
    ['a no-break space', 'a\u00a0b'],
    ['half a surrogate pair', 'a\ud800'],
  ])('does not take %s for plain', (_, value) => {
    expect(read(value)).toEqual({ kind: 'not-plain', value });
  });
});

describe('shownClaim', () => {
  it('shows any value as text', () => {
    const claims: Claims = new Map<never, unknown>([
      ['actor', 'octocat'],
      ['iat', 7],
      ['ref', null],
      ['sha', ['a']],
    ] as never);
    expect(['actor', 'iat', 'ref', 'sha', 'sub'].map((name) => shownClaim(claims, name as 'actor'))).toEqual([
      'octocat',
      '7',
      'null',
      '["a"]',
      '',
    ]);
  });
});

describe('the claim set of the tests', () => {
  it('has every claim the product reads, but those of an enterprise', () => {
    const names = [...Object.keys(githubClaims()), 'enterprise', 'enterprise_id'];
    expect(names.toSorted()).toEqual(CLAIM_NAMES.toSorted());
  });
});
