import type { Trust } from '../../evidence/trust.ts';
import type { FoundPolicy, PolicyStore } from '../../ports.ts';
import { loadPolicy } from '../load.ts';
import type { LoadedPolicy } from '../policy.ts';
import { checkBranch, checkDigest, checkSerial, type PolicyPins } from './pins.ts';

/** What is asked for: a reference, and what must be true of the policy behind it. */
export interface PolicyRequest {
  readonly inputs: { readonly policy: string; readonly policyPins: PolicyPins };
  readonly allowLoopback: boolean;
}

/**
 * The policy, if it is the one that the workflow means: its bytes are checked before anything reads them.
 * @throws PassportError ERR_POLICY_UNAVAILABLE, ERR_POLICY_UNTRUSTED, ERR_POLICY_INVALID; ERR_INPUT_INVALID for a
 *   signer that cannot be used
 */
export async function openPolicy(request: PolicyRequest, store: PolicyStore): Promise<LoadedPolicy> {
  const { policy: reference, policyPins: pins } = request.inputs;
  const found = await store(reference, { signature: pins.signer !== undefined });
  await checkDigest(found, pins);
  checkBranch(found, reference, pins);
  const signedBy = pins.signer && (await signerOf(found, pins.signer));
  const loaded = await loadPolicy(found.bytes, found.source, { allowLoopbackIssuer: request.allowLoopback });
  checkSerial(loaded, pins);
  const { branchProtected } = found;
  return {
    ...loaded,
    ...(signedBy !== undefined && { signedBy }),
    ...(branchProtected !== undefined && { branchProtected }),
  };
}

async function signerOf(found: FoundPolicy, signer: Trust): Promise<string> {
  // Loaded only here: most policies are not signed, and checking a certificate takes a library.
  const { policySigner } = await import('../../evidence/policy-signature.ts');
  return await policySigner(found, signer);
}
