import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import type { AwsKeys, Clouds } from '../credentials/clouds.ts';
import { Secret } from '../secret.ts';

/** How long RDS takes such a password, in seconds. */
const LIFE = 900;

/**
 * A password for one database user of RDS or Aurora: a presigned URL without its scheme, made on this machine.
 * Source: Amazon RDS User Guide, IAM database authentication; AWS Signature Version 4, query parameters.
 */
export async function rdsPassword(
  { host, port, user, region }: Parameters<Clouds['rdsPassword']>[0],
  keys: AwsKeys,
  now: Date = new Date(),
): Promise<Secret> {
  const { SignatureV4 } = await import('@smithy/signature-v4');
  const signer = new SignatureV4({
    ...{ service: 'rds-db', region, sha256: Sha256 },
    credentials: {
      accessKeyId: keys.accessKeyId,
      secretAccessKey: keys.secretAccessKey.reveal(),
      sessionToken: keys.sessionToken.reveal(),
    },
  });
  const request = {
    ...{ method: 'GET', protocol: 'https:', hostname: host, port, path: '/' },
    headers: { host: `${host}:${port}` },
    query: { Action: 'connect', DBUser: user },
  };
  const { query = {} } = await signer.presign(request, { signingDate: now, expiresIn: LIFE });
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encoded(String(value))}`);
  return new Secret(`${host}:${port}/?${pairs.join('&')}`);
}

/** RFC 3986: what encodeURIComponent leaves, and AWS does not. */
function encoded(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

type Data = string | ArrayBuffer | ArrayBufferView;

/** SHA-256, or its HMAC when a key is given, as the signer wants it. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(key?: Data) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', bytes(key));
  }

  update(data: Data): void {
    this.#hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function bytes(data: Data): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
