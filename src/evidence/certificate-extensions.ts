import type { Signer } from '@sigstore/verify';

/** Numbers under 1.3.6.1.4.1.57264.1 of what the rest of the product asks for by name. Source: fulcio docs/oid-info.md. */
export const EXTENSION = { signer: 9, signerSha: 10, commit: 13, repositoryId: 15, run: 21 } as const;

/** Extension texts by number. */
export type Certified = ReadonlyMap<number, string>;

/** What a certificate has. Values from .8 on are DER UTF8Strings. */
export function extensionsOf(signer: Signer): Certified {
  const found = new Map<number, string>();
  for (const { oid, value } of signer.identity?.oids ?? []) {
    const number = /^1\.3\.6\.1\.4\.1\.57264\.1\.(\d+)$/.exec(oid?.id.join('.') ?? '')?.[1];
    if (number !== undefined && Number(number) >= 8) found.set(Number(number), utf8String(value));
  }
  return found;
}

/** DER: tag 0x0c, a length of one byte below 128, else 0x80 + its number of bytes (X.690 section 8.1.3). */
function utf8String(der: Uint8Array): string {
  const [tag, first = 0] = der;
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  const start = 2 + lengthBytes;
  let length = first < 0x80 ? first : 0;
  for (const byte of der.subarray(2, start)) length = length * 256 + byte;
  if (tag !== 0x0c || start + length !== der.length)
    throw new Error('a certificate extension is not a UTF8String');
  return new TextDecoder('utf-8', { fatal: true }).decode(der.subarray(start));
}
