import { describe, expect, it } from 'vitest';
import { assumes, webIdentity } from './iam.ts';

const provider = 'arn:aws:iam::1:oidc-provider/i';
const statement = (condition?: object, more: object = {}) => ({
  Effect: 'Allow',
  Principal: { Federated: provider },
  Action: 'sts:AssumeRoleWithWebIdentity',
  ...(condition && { Condition: condition }),
  ...more,
});
const policy = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });
const request = { provider, keys: new Map(Object.entries({ 'i:sub': 'a', 'i:ref': 'main' })) };
const equals = (wanted: object) => policy(statement({ StringEquals: wanted }));

describe('the evaluator of trust policies', () => {
  it.each([
    ['no condition', policy(statement()), true],
    ['one value', equals({ 'i:sub': 'a' }), true],
    ['another value', equals({ 'i:sub': 'b' }), false],
    ['values are OR', equals({ 'i:sub': ['b', 'a'] }), true],
    ['keys are AND', equals({ 'i:sub': 'a', 'i:ref': 'x' }), false],
    ['a key that is absent does not hold', equals({ 'i:aud': ['', 'undefined'] }), false],
    ['no value at all does not hold', equals({ 'i:sub': [] }), false],
    ['names of keys have no case', equals({ 'I:Sub': 'a' }), true],
    ['values have a case', equals({ 'i:sub': 'A' }), false],
    ['a star is a star', equals({ 'i:sub': '*' }), false],
    ['statements are OR', policy(statement({ StringEquals: { 'i:sub': 'b' } }), statement()), true],
    ['Deny wins', policy(statement(), statement(undefined, { Effect: 'Deny' })), false],
    ['no statement', policy(), false],
    ['another principal', policy(statement(undefined, { Principal: { AWS: provider } })), false],
    ['another provider', policy(statement(undefined, { Principal: { Federated: 'x' } })), false],
    ['another action', policy(statement(undefined, { Action: ['sts:AssumeRole'] })), false],
  ])('%s', (_, document, expected) => {
    expect(assumes(document, request)).toBe(expected);
  });

  it.each([
    ['operator', policy(statement({ StringLike: { 'i:sub': '*' } }))],
    ['operator', policy(statement({ 'ForAllValues:StringEquals': { 'i:sub': 'a' } }))],
    ['elements', policy(statement(undefined, { NotAction: 'x' }))],
    ['effect', policy(statement(undefined, { Effect: 'allow' }))],
    ['version', { Version: '2008-10-17', Statement: [] }],
  ])('reads no %s that it does not know', (word, document) => {
    expect(() => assumes(document, request)).toThrow(word);
  });

  it('STS makes keys of some claims only', () => {
    const claims = new Map<string, unknown>(
      Object.entries({ iss: 'https://i', sub: 'a', event_name: 'push', ref: '', environment: 7 }),
    );
    expect(webIdentity('1', claims)).toEqual({ provider, keys: new Map([['i:sub', 'a']]) });
  });
});
