import { readCompact } from '../identity/compact.ts';

/** What the runner's request token was seen to live; GitHub promises nothing. */
const USUAL_LIFE_MS = 6 * 3_600_000;

/**
 * Until when the job can ask for ID tokens, and so renew credentials: the expiry of
 * ACTIONS_ID_TOKEN_REQUEST_TOKEN where it says so, about six hours from now where it does not. The token is
 * not ours to verify: this is for the plan alone.
 */
export function renewalEnd(requestToken: string | undefined, now: Date): Date {
  const end = new Date(expiryOf(requestToken ?? '') * 1000);
  return end > now ? end : new Date(now.getTime() + USUAL_LIFE_MS);
}

/** Epoch seconds; NaN when the token does not say. */
function expiryOf(token: string): number {
  try {
    return Number(readCompact(token).payload.get('exp') ?? Number.NaN);
  } catch {
    return Number.NaN;
  }
}
