import { gunzipSync, gzipSync } from 'node:zlib';

/**
 * The body of a request, with what fakesnow cannot do put in other words: Snowflake's temporary tables have a database
 * and a schema, those of DuckDB have not. A plain table or view stands in for one.
 */
export function forFakesnow(body: Buffer, encoding: string | undefined): Buffer {
  const zipped = encoding === 'gzip';
  const text = (zipped ? gunzipSync(body) : body).toString();
  const changed = text.replace(/(create\s+or\s+replace\s+)temp(?:orary)?\s+(?=(?:table|view)\b)/i, '$1');
  if (changed === text) return body;
  return zipped ? gzipSync(changed) : Buffer.from(changed);
}
