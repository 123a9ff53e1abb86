import { describe, expect, it } from 'vitest';
import { logsIn } from './vault-role.ts';

const role = {
  role_type: 'jwt',
  user_claim: 'repository_id',
  bound_audiences: ['a', 'b'],
  bound_claims_type: 'string',
  bound_claims: { ref: ['main', 'live'], environment: 'prod' },
};
const token = { iss: 'i', aud: 'b', repository_id: '1', ref: 'live', environment: 'prod' };
const takes = (changes: object, written: object = role) =>
  logsIn(written, 'i', new Map(Object.entries({ ...token, ...changes })));

describe('the evaluator of roles of Vault', () => {
  it.each([
    ['all of it', {}, true],
    ['another issuer', { iss: 'j' }, false],
    ['another audience', { aud: 'c' }, false],
    ['no audience', { aud: undefined }, false],
    ['another value', { ref: 'x' }, false],
    ['a claim that is absent', { ref: undefined }, false],
    ['an empty claim', { environment: '' }, false],
    ['a number', { environment: 7 }, false],
    ['another case', { environment: 'PROD' }, false],
    ['no user claim', { repository_id: undefined }, false],
    ['a claim that the role does not name', { event_name: 'x' }, true],
  ])('%s', (_, changes, expected) => {
    expect(takes(changes)).toBe(expected);
  });

  it('a list without values takes nothing', () => {
    expect(takes({}, { ...role, bound_claims: { ref: [] } })).toBe(false);
  });

  it.each([{ bound_subject: 'x' }, { bound_claims_type: 'glob' }, { role_type: 'oidc' }])(
    'does not read %o',
    (more) => {
      expect(() => takes({}, { ...role, ...more })).toThrow();
    },
  );
});
