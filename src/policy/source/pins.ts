import { PassportError } from '../../errors.ts';
import type { Trust } from '../../evidence/trust.ts';
import type { FoundPolicy } from '../../ports.ts';
import { sha256 } from '../../sha256.ts';
import { plain } from '../../untrusted.ts';
import type { LoadedPolicy } from '../policy.ts';
import { parsePolicyReference } from '../reference.ts';

/**
 * What the workflow demands of the policy beside its place. They are worth something where the people whom the policy
 * limits cannot change them: in a reusable workflow that the cloud's trust requires.
 */
export interface PolicyPins {
  /** Of the policy's bytes, lower-case hex. */
  readonly sha256?: string;
  /** The lowest serial that is taken: an older policy may allow what a newer one took away. */
  readonly minSerial?: number;
  /** Whose signature the policy must have. */
  readonly signer?: Trust;
}

/** @throws PassportError ERR_POLICY_UNTRUSTED with the reason POLICY_DIGEST */
export async function checkDigest(found: FoundPolicy, pins: PolicyPins): Promise<void> {
  if (pins.sha256 === undefined) return;
  const actual = await sha256(found.bytes);
  if (actual === pins.sha256) return;
  throw untrusted(
    'POLICY_DIGEST',
    `expected ${plain(found.source)} with the SHA-256 ${pins.sha256}, got ${actual}`,
    'Change `policy` and `policy-sha256` together: sha256sum of the file at that commit.',
  );
}

/**
 * A file of another repository must be on a branch that rules guard, or be signed: else one person may have written it.
 * Where GitHub does not show that to the token, nothing is refused, and the record does not say that it was protected.
 * @throws PassportError ERR_POLICY_UNTRUSTED with the reason POLICY_BRANCH
 */
export function checkBranch(found: FoundPolicy, reference: string, pins: PolicyPins): void {
  if (found.branchProtected !== false || pins.signer !== undefined) return;
  if (parsePolicyReference(reference).kind !== 'commit') return;
  throw untrusted(
    'POLICY_BRANCH',
    `expected a protected default branch that holds ${plain(found.source)}, got one that no rule protects`,
    "Protect the default branch of the policy's repository (a ruleset that requires a review), or sign the policy.",
  );
}

/** @throws PassportError ERR_POLICY_UNTRUSTED with the reason POLICY_SERIAL */
export function checkSerial({ policy, source }: LoadedPolicy, { minSerial }: PolicyPins): void {
  if (minSerial === undefined || (policy.serial ?? 0) >= minSerial) return;
  throw untrusted(
    'POLICY_SERIAL',
    `expected ${plain(source)} with a serial of at least ${minSerial}, got ${policy.serial ?? 'none'}`,
    'The policy is older than the workflow allows. Give the commit of the current one in `policy`.',
  );
}

/** The policy was read, and is not one that the workflow takes. */
export function untrusted(reason: string, message: string, hint: string, cause?: unknown): PassportError {
  return new PassportError('ERR_POLICY_UNTRUSTED', message, { reason, hint, cause });
}
