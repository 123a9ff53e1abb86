import { X509Certificate } from 'node:crypto';
import { type Bundle, type BundleWithDsseEnvelope, bundleToJSON } from '@sigstore/bundle';
import type { Witness } from '@sigstore/sign';
import { PassportError } from '../errors.ts';
import { PAYLOAD_TYPE } from '../evidence/bundle.ts';
import type { Signer } from '../ports.ts';
import type { Secret } from '../secret.ts';
import { plain } from '../untrusted.ts';

/** One budget for every service: transient faults (network, 408, 429, 5xx) are tried 3 times, refusals once. */
const BUDGET = {
  timeout: 10_000,
  retry: { retries: 2, minTimeout: 500, maxTimeout: 4_000, randomize: true },
};

export interface KeylessOptions {
  /** Issues the certificate for the token's identity. */
  readonly fulcioUrl: string;
  /** A transparency log (Rekor v1); without it nothing is published. */
  readonly rekorUrl?: string;
  /** An RFC 3161 timestamp authority. Either this or a log must say when. */
  readonly tsaUrl?: string;
  /** A GitHub OIDC token for the audience of the certificate authority (`sigstore`). */
  readonly idToken: () => Promise<Secret>;
}

/**
 * Signs with a key that lives for this call and a certificate over the job's identity. Throws ERR_SIGN_FAILED,
 * which names the service that failed.
 * Source: https://docs.sigstore.dev/certificate_authority/oidc-in-fulcio/
 */
export function keylessSigner(options: KeylessOptions): Signer {
  if (options.rekorUrl === undefined && options.tsaUrl === undefined) {
    throw new PassportError(
      'ERR_SIGN_FAILED',
      'keyless signing needs a log or a timestamp authority to prove the time',
    );
  }
  return async (statement) => {
    const token = await options.idToken();
    // Loaded only here: signing brings a whole HTTP client, and most runs that fail never get this far.
    const { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness } = await import('@sigstore/sign');
    const signer = new FulcioSigner({
      fulcioBaseURL: options.fulcioUrl,
      identityProvider: { getToken: async () => token.reveal() },
      ...BUDGET,
    });
    const witnesses: Witness[] = [];
    if (options.rekorUrl !== undefined) {
      witnesses.push(new RekorWitness({ rekorBaseURL: options.rekorUrl, entryType: 'dsse', ...BUDGET }));
    }
    if (options.tsaUrl !== undefined)
      witnesses.push(new TSAWitness({ tsaBaseURL: options.tsaUrl, ...BUDGET }));
    const builder = new DSSEBundleBuilder({ signer, witnesses });
    const bundle = await builder
      .create({ data: Buffer.from(statement), type: PAYLOAD_TYPE })
      .catch((error: unknown) => Promise.reject(signFailure(error)));
    return {
      bundle: JSON.stringify(bundleToJSON(bundle)),
      signer: { mode: 'keyless', identity: certificateIdentity(bundle) },
    };
  };
}

/** An RFC 3161 timestamp over the signature of a bundle. */
export async function timestamp(bundle: BundleWithDsseEnvelope, tsaUrl: string) {
  const { TSAWitness } = await import('@sigstore/sign');
  const witness = new TSAWitness({ tsaBaseURL: tsaUrl, ...BUDGET });
  const { rfc3161Timestamps } = await witness
    .testify(bundle.content)
    .catch((error: unknown) => Promise.reject(signFailure(error)));
  return { rfc3161Timestamps: rfc3161Timestamps ?? [] };
}

const SERVICES: readonly (readonly [prefix: string, service: string])[] = [
  ['IDENTITY_TOKEN', 'reading the identity token'],
  ['CA_', 'the certificate authority (Fulcio)'],
  ['TLOG_', 'the transparency log (Rekor)'],
  ['TSA_', 'the timestamp authority'],
];

/**
 * The library's error without what it may quote: its parse error holds the whole token, and a service could
 * echo it. So what looks like a token is not shown, and the error itself is not kept as a cause.
 */
function signFailure(error: unknown): PassportError {
  const { code, message, cause } = Object(error) as { code?: unknown; message?: unknown; cause?: unknown };
  const service = SERVICES.find(([prefix]) => String(code).startsWith(prefix))?.[1] ?? 'the signing library';
  const why = cause instanceof Error ? cause.message : String(message);
  // `eyJ` is how base64url of `{"` begins, and so every token.
  const unsafe = code === 'IDENTITY_TOKEN_PARSE_ERROR' || /eyJ[\w-]{8}/.test(why);
  return new PassportError(
    'ERR_SIGN_FAILED',
    `signing failed at ${service}: ${unsafe ? 'its message may quote the token and is not shown' : plain(why)}`,
    {
      reason: String(code ?? 'SIGN'),
      hint: 'Check the URL of the service and that it accepts tokens of this issuer; the evidence is uploaded unsigned.',
    },
  );
}

function certificateIdentity(bundle: Bundle): string {
  const { content } = bundle.verificationMaterial;
  if (content.$case !== 'certificate') return '';
  const names = new X509Certificate(content.certificate.rawBytes).subjectAltName ?? '';
  return plain(names.replace(/^URI:/, ''));
}
