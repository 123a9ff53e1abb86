import { PassportError } from '../errors.ts';
import type { Inputs } from '../inputs.ts';
import { plain } from '../untrusted.ts';

/** How the evidence is signed: by a held key, or by a certificate that names the workflow. */
export type SigningRoute =
  | { readonly kind: 'key' }
  | {
      readonly kind: 'keyless';
      readonly fulcioUrl: string;
      /** Transparency log; none for GitHub's own service. */
      readonly rekorUrl?: string;
      readonly tsaUrl?: string;
    };

export interface SigningInputs
  extends Pick<Inputs, 'signingKey' | 'fulcioUrl' | 'rekorUrl' | 'tsaUrl' | 'allowPublicLog'> {
  readonly signing: Exclude<Inputs['signing'], 'deferred'>;
}

/**
 * Decides where the signature is made. `auto` takes the key when there is one; else the verified
 * token's `repository_visibility` decides: public repositories sign with the public-good Sigstore,
 * all others with GitHub's own. A private repository reaches the public log only when told to,
 * because its name, workflow, commit and environment stay there for good.
 * @param visibility the claim, empty when no token was verified
 * @throws PassportError ERR_SIGN_FAILED when the inputs and the platform leave no way
 */
export function signingRoute(inputs: SigningInputs, visibility: string, serverUrl: string): SigningRoute {
  switch (modeOf(inputs, visibility)) {
    case 'key':
      return { kind: 'key' };
    case 'github':
      return github(serverUrl);
    case 'public-good':
      if (visibility === 'public' || inputs.allowPublicLog) return publicGood();
      throw new PassportError(
        'ERR_SIGN_FAILED',
        `public-good signing wants a public repository, this one is ${plain(visibility) || 'of unknown visibility'}`,
        {
          hint: 'Use `signing: github` or `signing: key`, or accept the public log with `allow-public-log: true`.',
        },
      );
    case 'custom':
      return {
        kind: 'keyless',
        fulcioUrl: inputs.fulcioUrl,
        ...(inputs.rekorUrl && { rekorUrl: inputs.rekorUrl }),
        ...(inputs.tsaUrl && { tsaUrl: inputs.tsaUrl }),
      };
  }
}

function modeOf(
  { signing, signingKey }: SigningInputs,
  visibility: string,
): Exclude<SigningInputs['signing'], 'auto'> {
  if (signing !== 'auto') return signing;
  if (signingKey !== undefined) return 'key';
  return visibility === 'public' ? 'public-good' : 'github';
}

/** Source: the public-good instance's signing configuration. */
function publicGood(): SigningRoute {
  return {
    kind: 'keyless',
    fulcioUrl: 'https://fulcio.sigstore.dev',
    rekorUrl: 'https://rekor.sigstore.dev',
    tsaUrl: 'https://timestamp.sigstore.dev',
  };
}

/** GitHub's Fulcio and TSA, also on ghe.com; GitHub Enterprise Server has none. Source: actions/attest, endpoints. */
function github(serverUrl: string): SigningRoute {
  const host = URL.parse(serverUrl)?.hostname ?? '';
  if (host === 'github.com') return services('githubapp.com');
  if (host.endsWith('.ghe.com')) return services(host);
  throw new PassportError('ERR_SIGN_FAILED', `${plain(host)} has no signing service of GitHub's`, {
    hint: 'Use `signing: key` with `signing-key`, or `signing: custom` with your own Fulcio.',
  });
}

function services(domain: string): SigningRoute {
  return { kind: 'keyless', fulcioUrl: `https://fulcio.${domain}`, tsaUrl: `https://timestamp.${domain}` };
}
