import { type CloudCall, CloudFault } from '../credentials/cloud-fault.ts';
import type { Secret } from '../secret.ts';
import { cloudWords } from './cloud-words.ts';
import { HttpFailure, type HttpRequest, type HttpResponse, retryAfter, sendHttp } from './http.ts';

/** One POST to a service of Google. @throws CloudFault when there is no answer */
export async function postToGoogle(
  call: CloudCall,
  request: Pick<HttpRequest, 'url' | 'headers' | 'body' | 'bearer' | 'allowLoopback'>,
): Promise<HttpResponse> {
  try {
    return await sendHttp({ ...request, method: 'POST', maxBytes: 65_536, timeoutMs: 10_000, tries: 1 });
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    const transient = error.kind === 'network' || error.kind === 'timeout';
    throw new CloudFault({ cloud: 'google', call, status: 0, code: '', text: error.message, transient });
  }
}

/**
 * The JSON object of an answer. Refusals come in two forms: of OAuth (RFC 6749, section 5.2), from STS and tokeninfo,
 * and of Google APIs (`error.status`, `error.message`; https://google.aip.dev/193).
 * @throws CloudFault for every status but 200; `sent` is cut from its text
 */
export function readGoogle(
  call: CloudCall,
  response: HttpResponse,
  sent: Secret,
): ReadonlyMap<string, unknown> {
  const body = jsonObject(response.body);
  if (response.status === 200) return body;
  const error = body.get('error');
  const api = asMap(error);
  const { status, headers } = response;
  const text =
    cloudWords(api?.get('message') ?? body.get('error_description'), [sent]) || `HTTP status ${status}`;
  throw new CloudFault({
    cloud: 'google',
    call,
    status,
    code: cloudWords(api?.get('status') ?? error, [sent], 80),
    text,
    transient: status === 429 || status >= 500 || KEYS_NOT_FETCHED.test(text),
    retryAfterMs: retryAfter(headers),
    requestId: requestId(headers, [sent]),
  });
}

/** STS answers 400 when it could not reach the key set of the issuer just then. */
const KEYS_NOT_FETCHED = /error connecting to the given credential's issuer/i;

/** Empty when the service gives none, which is so for most. */
export function requestId(headers: Headers, secrets: readonly Secret[]): string {
  return cloudWords(headers.get('x-goog-request-id') ?? headers.get('x-request-id'), secrets, 100);
}

/** An answer that says 200 and is no credential. */
export function notAToken(call: CloudCall, needed: string): CloudFault {
  return new CloudFault({
    cloud: 'google',
    call,
    status: 200,
    code: '',
    text: `the answer needs ${needed}`,
    transient: false,
  });
}

function jsonObject(bytes: Uint8Array): ReadonlyMap<string, unknown> {
  try {
    return asMap(JSON.parse(new TextDecoder().decode(bytes))) ?? new Map();
  } catch {
    return new Map();
  }
}

function asMap(value: unknown): ReadonlyMap<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}
