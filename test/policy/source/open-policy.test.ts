import { describe, expect, it } from 'vitest';
import { PassportError } from '../../../src/errors.ts';
import { openPolicy } from '../../../src/policy/source/open-policy.ts';
import type { PolicyPins } from '../../../src/policy/source/pins.ts';
import type { FoundPolicy } from '../../../src/ports.ts';
import { sha256 } from '../../../src/sha256.ts';
import { p256Key } from '../../support/evidence.ts';
import { FULL, SOURCE } from '../fixture.ts';

const found = (text: string, more: Partial<FoundPolicy> = {}): FoundPolicy => ({
  bytes: new TextEncoder().encode(text),
  source: SOURCE,
  ...more,
});

function open(policy: FoundPolicy, pins: PolicyPins = {}, reference = SOURCE) {
  const request = { inputs: { policy: reference, policyPins: pins }, allowLoopback: false };
  return openPolicy(request, async () => policy);
}

async function reason(...given: Parameters<typeof open>): Promise<unknown> {
  const error = await open(...given).then(
    () => 'opened',
    (thrown: unknown) => thrown,
  );
  return error instanceof PassportError ? [error.code, error.reason] : error;
}

const untrusted = (name: string) => ['ERR_POLICY_UNTRUSTED', name];

describe('openPolicy', () => {
  it('gives the policy with what is known of its branch', async () => {
    expect((await open(found(FULL))).branchProtected).toBeUndefined();
    const loaded = await open(found(FULL, { branchProtected: true }), { minSerial: 42 });
    expect([loaded.policy.serial, loaded.branchProtected, loaded.signedBy]).toEqual([42, true, undefined]);
  });

  it('P11 tells what was asked for and what came, before anything is judged', async () => {
    const signer = { kind: 'key', pem: p256Key().publicPem } as const;
    const pins = { sha256: 'a'.repeat(64), minSerial: 7, signer };
    const asked = { reference: SOURCE, demanded: { sha256: 'a'.repeat(64), minSerial: 7, signed: true } };
    const request = { inputs: { policy: SOURCE, policyPins: pins }, allowLoopback: false };
    const told: unknown[] = [];
    const opened = openPolicy(
      request,
      async () => found('not: a policy'),
      (one) => told.push(one),
    );
    await expect(opened).rejects.toMatchObject({ reason: 'POLICY_DIGEST' });
    const gone = async () => Promise.reject(new PassportError('ERR_POLICY_UNAVAILABLE', 'gone'));
    await expect(openPolicy(request, gone, (one) => told.push(one))).rejects.toThrow('gone');
    expect(told).toEqual([
      { ...asked, found: { source: SOURCE, sha256: await sha256('not: a policy') } },
      asked,
    ]);
  });

  it('P11 refuses bytes with another SHA-256, before it reads them', async () => {
    const pins = { sha256: await sha256(FULL) };
    expect((await open(found(FULL), pins)).sha256).toBe(pins.sha256);
    expect(await reason(found(`${FULL} `), pins)).toEqual(untrusted('POLICY_DIGEST'));
    expect(await reason(found('not: a policy'), pins)).toEqual(untrusted('POLICY_DIGEST'));
  });

  it('P11 refuses a serial below the minimum, and a policy without one', async () => {
    const old = FULL.replace('"42"', '"41"');
    expect((await open(found(FULL), { minSerial: 41 })).policy.serial).toBe(42);
    expect(await reason(found(old), { minSerial: 42 })).toEqual(untrusted('POLICY_SERIAL'));
    const without = FULL.replace('serial: "42"\n', '');
    expect(await reason(found(without), { minSerial: 1 })).toEqual(untrusted('POLICY_SERIAL'));
    expect((await open(found(without))).policy.serial).toBeUndefined();
  });

  it('P12 refuses a central policy on a branch without rules, unless it is signed', async () => {
    const open = found(FULL, { branchProtected: false });
    expect(await reason(open)).toEqual(untrusted('POLICY_BRANCH'));
    expect(await reason(open, { signer: { kind: 'key', pem: p256Key().publicPem } })).toEqual(
      untrusted('POLICY_SIGNATURE'),
    );
    expect(await reason(open, {}, '.github/dbt-passport.yml')).toBe('opened');
  });

  it('P11 refuses an unsigned policy when a signer is named, and a signer that is none', async () => {
    const signer = { kind: 'key', pem: p256Key().publicPem } as const;
    expect(await reason(found(FULL), { signer })).toEqual(untrusted('POLICY_SIGNATURE'));
    expect(await reason(found(FULL), { signer: { kind: 'key', pem: 'no key' } })).toEqual([
      'ERR_INPUT_INVALID',
      'TRUST',
    ]);
  });
});
