import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskedForms, secretForms } from '../src/secret-forms.ts';

const TOKEN = `${'eyJhbGciOiJSUzI1NiJ9'}.${'aB3_'.repeat(200)}.${'x-Y9'.repeat(85)}`;

describe('secretForms', () => {
  it('has each form that the value takes, whatever the value is', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 8, maxLength: 40 });
    fc.assert(
      fc.property(value, fc.string({ maxLength: 4 }), (secret, before) => {
        const forms = [...secretForms(secret).keys()];
        const holds = (text: string) => forms.some((form) => form !== '' && text.includes(form));
        expect(holds(JSON.stringify({ [before]: secret }))).toBe(true);
        expect(holds(encodeURIComponent((before + secret).toWellFormed()))).toBe(true);
        expect(holds(Buffer.from(before + secret).toString('base64'))).toBe(true);
        expect(holds(Buffer.from(before + secret).toString('base64url'))).toBe(true);
        expect(holds(Buffer.from(secret).toString('hex'))).toBe(true);
      }),
    );
  });
});

describe('maskedForms', () => {
  it('L07: never masks what is shorter than 8 characters', () => {
    expect(maskedForms('a')).toEqual([]);
    expect(maskedForms('DBT_DEV')).toEqual([]);
    expect(maskedForms('          ')).toEqual([]);
  });

  it('masks a short value as it is only: a form of it could be part of a word', () => {
    expect(maskedForms('DBT_PROD')).toEqual(['DBT_PROD']);
    expect(maskedForms('fifteen letters')).toEqual(['fifteen letters']);
  });

  it('stays at four masks for a token, at ten for any value of one line', () => {
    expect(maskedForms(TOKEN)).toHaveLength(4);
    fc.assert(
      fc.property(fc.stringMatching(/^[\x21-\x7e]{16,60}$/), (value) => {
        const forms = maskedForms(value);
        expect(forms.length).toBeLessThanOrEqual(10);
        expect(new Set(forms).size).toBe(forms.length);
        expect(forms[0]).toBe(value);
      }),
    );
  });

  it('masks a key file line by line, and its forms as a whole', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const forms = maskedForms(pem);
    expect(forms).not.toContain('-----BEGIN PRIVATE KEY-----');
    expect(forms).toContain(pem.split('\n')[5]);
    expect(forms.length).toBeLessThan(pem.split('\n').length + 10);
    expect(forms).toContain(JSON.stringify(pem).slice(1, -1));
  });
});
