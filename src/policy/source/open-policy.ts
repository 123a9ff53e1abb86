import type { Trust } from '../../evidence/trust.ts';
import type { FoundPolicy, PolicyStore } from '../../ports.ts';
import { sha256 } from '../../sha256.ts';
import { loadPolicy } from '../load.ts';
import type { LoadedPolicy } from '../policy.ts';
import { checkBranch, checkDigest, checkSerial, type PolicyPins } from './pins.ts';

/** What is asked for: a reference, and what must be true of the policy behind it. */
export interface PolicyRequest {
  readonly inputs: { readonly policy: string; readonly policyPins: PolicyPins };
  readonly allowLoopback: boolean;
}

/** The policy that was asked for and what came, whether it is then taken or refused. */
export interface AskedPolicy {
  /** As the workflow writes it. */
  readonly reference: string;
  readonly demanded: { readonly sha256?: string; readonly minSerial?: number; readonly signed?: true };
  /** Where the bytes came from, and their SHA-256; absent when none came, as for a commit that its repository does not hold. */
  readonly found?: { readonly source: string; readonly sha256: string };
}

/**
 * The policy, if it is the one that the workflow means: its bytes are checked before anything reads them.
 * @throws PassportError ERR_POLICY_UNAVAILABLE, ERR_POLICY_UNTRUSTED, ERR_POLICY_INVALID; ERR_INPUT_INVALID for a
 *   signer that cannot be used
 */
export async function openPolicy(
  request: PolicyRequest,
  store: PolicyStore,
  told: (asked: AskedPolicy) => void = () => {},
): Promise<LoadedPolicy> {
  const { policy: reference, policyPins: pins } = request.inputs;
  const asked = { reference, demanded: demandsOf(pins) };
  const found = await store(reference, { signature: pins.signer !== undefined }).catch((error: unknown) => {
    told(asked);
    throw error;
  });
  told({ ...asked, found: { source: found.source, sha256: await sha256(found.bytes) } });
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

function demandsOf({ sha256, minSerial, signer }: PolicyPins): AskedPolicy['demanded'] {
  return {
    ...(sha256 !== undefined && { sha256 }),
    ...(minSerial !== undefined && { minSerial }),
    ...(signer !== undefined && { signed: true }),
  };
}

async function signerOf(found: FoundPolicy, signer: Trust): Promise<string> {
  // Loaded only here: most policies are not signed, and checking a certificate takes a library.
  const { policySigner } = await import('../../evidence/policy-signature.ts');
  return await policySigner(found, signer);
}
