import { plain } from '../untrusted.ts';
import type { CompactToken } from './compact.ts';
import { refusal } from './refusal.ts';

const ALLOWED: readonly string[] = ['alg', 'kid', 'typ', 'x5t'];

/**
 * Checks the header against what GitHub sends and returns the key id. A header may name no key or URL
 * of its own (RFC 8725, section 3.10), so everything outside the list is refused, not ignored.
 */
export function checkHeader({ header, signed }: CompactToken): string {
  const alg = header.get('alg');
  if (alg !== 'RS256') throw refusal('TOKEN_ALG', `only RS256 is accepted; the token has alg ${shown(alg)}`);
  if (!signed) throw refusal('TOKEN_ALG', 'only RS256 is accepted; the token is not signed');
  const other = [...header.keys()].find((name) => !ALLOWED.includes(name));
  if (other !== undefined) {
    throw refusal(
      'TOKEN_HEADER',
      `the token's header has "${plain(other, 80)}"; only ${ALLOWED.join(', ')} may be in it`,
    );
  }
  const typ = header.get('typ');
  if (typ !== 'JWT') throw refusal('TOKEN_TYP', `the token's typ must be "JWT"; it is ${shown(typ)}`);
  const kid = header.get('kid');
  if (typeof kid !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(kid)) {
    throw refusal('TOKEN_KID', `the token must name its key by kid, a short word; it has ${shown(kid)}`);
  }
  return kid;
}

function shown(value: unknown): string {
  return value === undefined ? 'none' : plain(JSON.stringify(value), 80);
}
