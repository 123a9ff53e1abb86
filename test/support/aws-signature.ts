/**
 * AWS Signature Version 4, checked from the secret that was issued. Written from the definition in the AWS General
 * Reference, without the SDK that signs, so that both have to agree.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** The parts of the `Authorization` header; null when it is not one of Signature Version 4. */
export function readAuthorization(header: string | undefined) {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(([0-9]{8})\/([^/]+)\/([^/]+)\/aws4_request), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      header ?? '',
    );
  if (match === null) return null;
  const [, accessKeyId = '', scope = '', date = '', region = '', service = '', signed = '', signature = ''] =
    match;
  return { accessKeyId, scope, date, region, service, signedHeaders: signed.split(';'), signature };
}

/** Whether the signature of the request is the one that the secret gives. Not for S3, which encodes paths differently. */
export function hasSignature(request: SignedRequest, secret: string): boolean {
  const parts = readAuthorization(request.headers['authorization']);
  const time = request.headers['x-amz-date'] ?? '';
  if (parts === null || !parts.signedHeaders.includes('host') || !time.startsWith(parts.date)) return false;
  const toSign = ['AWS4-HMAC-SHA256', time, parts.scope, sha256(canonical(request, parts.signedHeaders))];
  const key = parts.scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`);
  const expected = hmac(key, toSign.join('\n'));
  return timingSafeEqual(expected, Buffer.from(parts.signature, 'hex'));
}

function canonical({ method, url, headers, body }: SignedRequest, signedHeaders: readonly string[]): string {
  const query = [...url.searchParams].map((pair) => pair.map(encoded).join('=')).sort();
  const lines = signedHeaders.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`);
  const parts = [
    method,
    url.pathname,
    query.join('&'),
    lines.join(''),
    signedHeaders.join(';'),
    sha256(body),
  ];
  return parts.join('\n');
}

export function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
