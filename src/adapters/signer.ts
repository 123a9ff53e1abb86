import { type SigningInputs, signingRoute } from '../evidence/signing-route.ts';
import type { Signer } from '../ports.ts';
import type { Secret } from '../secret.ts';
import { keySigner } from './signing-key.ts';
import { keylessSigner } from './sigstore.ts';

/** Audience that Fulcio accepts. Source: fulcio, "OIDC usage". */
const SIGSTORE_AUDIENCE = 'sigstore';

export interface SignerOptions {
  readonly inputs: SigningInputs;
  readonly serverUrl: string;
  readonly idToken: (issuer: string) => (audience: string) => Promise<Secret>;
}

/**
 * The signer of a run. A held key is read at once, so that a wrong one stops the job before dbt runs;
 * where a keyless signature is made is known only with the token.
 */
export function signerFor({ inputs, serverUrl, idToken }: SignerOptions) {
  const time = inputs.tsaUrl === '' ? {} : { tsaUrl: inputs.tsaUrl };
  const held = inputs.signingKey === undefined ? undefined : keySigner(inputs.signingKey, time);
  return (token: { readonly visibility: string; readonly issuer: string }): Signer => {
    const route = signingRoute(inputs, token.visibility, serverUrl);
    if (route.kind === 'keyless') {
      return keylessSigner({ ...route, idToken: () => idToken(token.issuer)(SIGSTORE_AUDIENCE) });
    }
    if (held === undefined) throw new Error('signing with a key is checked to have one');
    return held;
  };
}
