import { CloudFault } from '../credentials/cloud-fault.ts';
import type { Secret } from '../secret.ts';
import { cloudWords } from './cloud-words.ts';
import { HttpFailure } from './http.ts';

/** The parts of an error of the AWS SDK that say what happened; each may be missing. */
interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
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
  if (thrown instanceof HttpFailure) {
    const transient = thrown.kind === 'network' || thrown.kind === 'timeout';
    return new CloudFault({ cloud: 'aws', call, status: 0, code: '', text: thrown.message, transient });
  }
  const error: SdkError = typeof thrown === 'object' && thrown !== null ? thrown : {};
  // An answer that the SDK cannot read has a status, too.
  const status = error.$metadata?.httpStatusCode ?? error.$response?.statusCode ?? 0;
  const code = cloudWords(error.name, secrets, 80);
  const text = cloudWords(error.message, secrets);
  return new CloudFault({
    cloud: 'aws',
    call,
    ...{ status, code, text },
    requestId: cloudWords(error.$metadata?.requestId, secrets, 80),
    transient: isTransient(status, code, text),
    retryAfterMs: retryAfterMs(error.$response?.headers?.['retry-after']),
  });
}

function isTransient(status: number, code: string, text: string): boolean {
  if (code === 'InvalidIdentityToken' || code === 'InvalidIdentityTokenException')
    return /couldn.t retrieve verification key/i.test(text);
  return status === 429 || status >= 500 || TRANSIENT.test(code);
}

function retryAfterMs(header: string | undefined): number {
  return /^[0-9]{1,6}$/.test(header ?? '') ? Number(header) * 1000 : 0;
}
