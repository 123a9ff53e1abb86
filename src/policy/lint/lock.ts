import * as v from 'valibot';
import { PassportError } from '../../errors.ts';
import type { Policy } from '../policy.ts';
import { text } from '../scalars.ts';
import type { Finding } from './codes.ts';

const schema = v.strictObject({
  serial: text(/^[1-9][0-9]{0,14}$/, 'a serial number as text'),
  sha256: v.exactOptional(text(/^[0-9a-f]{64}$/, '64 lower-case hex digits')),
});

/** The newest policy that was accepted: `{"serial": "42", "sha256": "…"}`, kept where policies are reviewed. */
export type PolicyLock = v.InferOutput<typeof schema>;

/** @throws PassportError ERR_INPUT_INVALID */
export function readLock(value: unknown): PolicyLock {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new PassportError('ERR_INPUT_INVALID', 'expected a lock with serial and sha256, got something else', {
    hint: 'A lock is {"serial": "42", "sha256": "…"}, with the digest that `policy lint --json` prints.',
  });
}

/** E19: a serial below the lock's, or the same one for other bytes. */
export function lockFindings(
  { serial }: Policy,
  sha256: string,
  lock: PolicyLock | undefined,
): readonly Finding[] {
  if (lock === undefined) return [];
  const path = ['serial'];
  if (serial === undefined) return [{ code: 'E19', path, message: `no serial; the lock has ${lock.serial}` }];
  if (serial < Number(lock.serial))
    return [{ code: 'E19', path, message: `serial ${serial} is below ${lock.serial} of the lock` }];
  const other = lock.sha256 !== undefined && lock.sha256 !== sha256;
  if (serial > Number(lock.serial) || !other) return [];
  return [{ code: 'E19', path, message: `serial ${serial} is that of the lock, but the policy has changed` }];
}
