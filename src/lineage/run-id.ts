import { createHash } from 'node:crypto';

/** RFC 9562, section 6.6: the namespace of names that are URLs. */
const URL_NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/**
 * The id of an OpenLineage run as a UUID of version 5 (RFC 9562, section 5.5) over a URL made of the parts, so
 * that the same evidence always gives the same events and anyone can compute the id again:
 * `uuid5(NAMESPACE_URL, 'https://dbt-passport.github.io/run/<part>/<part>')`. The parts are percent-encoded.
 * Node's crypto, because Web Crypto hashes only asynchronously; SHA-1 is what version 5 prescribes and is no proof of anything.
 */
export function runId(...parts: readonly string[]): string {
  const name = `https://dbt-passport.github.io/run/${parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/')}`;
  const bytes = createHash('sha1').update(URL_NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
