import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloudWords } from '../../src/adapters/cloud-words.ts';
import { Secret } from '../../src/secret.ts';

const VALUE = 'ya29.c/b0Aaek+Lq_2x-secretsecretsecret==';
const TOKEN = new Secret(VALUE);

describe('cloudWords', () => {
  it.each([
    ['whole', VALUE],
    ['in a URL', encodeURIComponent(VALUE)],
    ['as base64', Buffer.from(VALUE).toString('base64')],
    ['cut at its end', `${VALUE.slice(0, 20)}...`],
    ['cut at its start', `…${VALUE.slice(-20)}`],
  ])('leaves out a secret %s', (_, echo) => {
    const said = cloudWords(`invalid token '${echo}' was given`, [TOKEN]);
    expect(said).toMatch(/^invalid token '.*\[secret\].*' was given$/);
    expect(said).not.toContain('secretsecret');
    expect(said).not.toContain('b0Aaek');
  });

  it('leaves out what looks like a JWT, whoever it belongs to', () => {
    expect(cloudWords('got eyJhbGciOi.eyJpc3Mi.c2ln here', [])).toBe('got [token] here');
  });

  it('keeps the rest, on one line and cut', () => {
    const arn = 'arn:aws:sts::111122223333:assumed-role/dbt-athena-production/gh-1';
    expect(cloudWords(`no ${arn}\nhere`, [TOKEN])).toBe(`no ${arn}\\u000ahere`);
    expect(cloudWords('x'.repeat(90), [], 80)).toBe(`${'x'.repeat(80)}…`);
  });

  it('property: takes any JSON, and never gives a whole secret', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ minLength: 16 }), fc.string(), (value, secret, around) => {
        expect(typeof cloudWords(value, [new Secret(secret)])).toBe('string');
        const said = cloudWords(`${around}${secret}${around}`, [new Secret(secret)], 10_000);
        if (secret.trim().length >= 16 && !/[\r\n]/.test(secret)) expect(said).not.toContain(secret);
      }),
    );
  });

  it('says nothing for what is no text, such as an object that cannot be made one', () => {
    expect(cloudWords({ toString: 1 }, [])).toBe('');
    expect(cloudWords(undefined, [])).toBe('');
    expect(cloudWords(394729, [])).toBe('394729');
  });
});
