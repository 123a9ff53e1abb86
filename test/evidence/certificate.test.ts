import type { Signer } from '@sigstore/verify';
import { describe, expect, it } from 'vitest';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import { checkCertificate } from '../../src/evidence/certificate.ts';
import { Checklist } from '../../src/evidence/verdict.ts';
import { derText as der } from '../support/certified.ts';
import { trueRecord } from '../support/evidence.ts';

const ENVIRONMENT = 23;
const predicateOf = async (environment: string) => buildPredicate(await trueRecord({ environment }));

/** A signer whose certificate has one extension with these bytes. */
function signerWith(number: number, value: Buffer): Signer {
  const oid = { id: [1, 3, 6, 1, 4, 1, 57264, 1, number] };
  return { identity: { oids: [{ oid, value }] } } as unknown as Signer;
}

async function failed(value: Buffer, environment: string): Promise<string | undefined> {
  const list = new Checklist();
  checkCertificate(list, signerWith(ENVIRONMENT, value), await predicateOf(environment));
  return list.checks.find((check) => check.result === 'failed')?.detail;
}

describe('claims in the certificate', () => {
  it.each([0, 1, 127, 128, 255, 256, 300])('a text of %i bytes is read whole', async (length) => {
    const environment = 'e'.repeat(length);
    expect(await failed(der(environment), environment)).toBeUndefined();
    expect(await failed(der(environment), `${environment}x`)).toMatch(/^environment in the certificate/);
  });

  it.each([
    ['another type of text', der('production', 0x13)],
    ['a length past the end', Buffer.from([0x0c, 11, ...Buffer.from('production')])],
    ['bytes after the text', Buffer.concat([der('production'), Buffer.of(0)])],
    ['a length of no bytes', Buffer.of(0x0c)],
    ['nothing', Buffer.of()],
    ['text that is not UTF-8', Buffer.of(0x0c, 1, 0xff)],
  ])('refuses %s', async (_, value) => {
    expect(await failed(value, 'production')).toBeDefined();
  });

  it('an empty environment in the certificate is not any environment', async () => {
    expect(await failed(der(''), 'production')).toContain('expected "production", got ""');
  });
});
