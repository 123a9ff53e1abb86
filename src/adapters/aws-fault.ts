import { CloudFault } from '../credentials/cloud-fault.ts';
import type { Secret } from '../secret.ts';
import { plain } from '../untrusted.ts';

/** The parts of an error of the AWS SDK that say what happened; each may be missing. */
interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/**
 * Codes after which another try with a fresh token may succeed. An expired token is one: the next is new.
 * Source: AWS STS API, errors of AssumeRoleWithWebIdentity; AWS SDKs, throttling codes.
 */
const TRANSIENT =
  /^(IDPCommunicationError(Exception)?|Throttl.*|TooManyRequestsException|RequestLimitExceeded|RequestThrottled.*|SlowDown|ExpiredTokenException|InternalFailure|ServiceUnavailable)$/;

/** What the SDK threw, as a fault in AWS's words; `secrets` are what went into the call and must not come out of it. */
export function awsFault(
  call: 'AssumeRoleWithWebIdentity' | 'AssumeRole',
  thrown: unknown,
  secrets: readonly Secret[],
): CloudFault {
  const error: SdkError = typeof thrown === 'object' && thrown !== null ? thrown : {};
  const status = error.$metadata?.httpStatusCode ?? 0;
  const code = status === 0 ? textOf(error.code) || textOf(error.name) : textOf(error.name);
  const text = plain(withoutSecrets(textOf(error.message), secrets));
  return new CloudFault({
    cloud: 'aws',
    call,
    status,
    code: plain(code, 80),
    text,
    requestId: plain(error.$metadata?.requestId ?? '', 80),
    transient: isTransient(status, code, text),
    retryAfterMs: retryAfterMs(error.$response?.headers?.['retry-after']),
  });
}

function isTransient(status: number, code: string, text: string): boolean {
  if (code === 'InvalidIdentityToken' || code === 'InvalidIdentityTokenException')
    return /couldn.t retrieve verification key/i.test(text);
  return status === 0 || status === 429 || status >= 500 || TRANSIENT.test(code);
}

/** AWS quotes parameters that it refuses, the token among them, whole or in part. */
function withoutSecrets(text: string, secrets: readonly Secret[]): string {
  const whole = secrets.reduce((rest, secret) => rest.replaceAll(secret.reveal(), '[secret]'), text);
  return whole.replace(/eyJ[\w-]*(\.[\w-]*)*/g, '[token]');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function retryAfterMs(header: string | undefined): number {
  return /^[0-9]{1,6}$/.test(header ?? '') ? Number(header) * 1000 : 0;
}
