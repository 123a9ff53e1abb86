import { PassportError } from '../../errors.ts';
import { readCompact } from '../../identity/compact.ts';
import type { Secret } from '../../secret.ts';
import { plain } from '../../untrusted.ts';

/**
 * The service principal that an access token names in `client_id`, `azp` or `sub`; undefined when it is no JWT or
 * names none. Its signature is not checked: the token came from the workspace over TLS.
 */
export function tokenPrincipal(token: Secret): string | undefined {
  const payload = payloadOf(token);
  const named = ['client_id', 'azp', 'sub'].map((claim) => payload.get(claim));
  const principal = named.find((value) => typeof value === 'string' && value !== '');
  return typeof principal === 'string' ? plain(principal) : undefined;
}

function payloadOf(token: Secret): ReadonlyMap<string, unknown> {
  try {
    return readCompact(token.reveal()).payload;
  } catch {
    return new Map();
  }
}

/** @throws PassportError ERR_CREDENTIAL_MISMATCH for a token of another principal */
export function requirePrincipal(principal: string | undefined, clientId: string): void {
  if (principal === undefined || principal === clientId) return;
  throw new PassportError(
    'ERR_CREDENTIAL_MISMATCH',
    `expected a token of the service principal ${clientId}, got one of ${principal}`,
    {
      hint: `The policy names client_id ${clientId}; the workspace issued a token for another principal. It was not used. Look at the federation policies of the two principals.`,
    },
  );
}
