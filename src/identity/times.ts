import { plain } from '../untrusted.ts';
import { refusal } from './refusal.ts';

/** Seconds that the clocks of GitHub and of the runner may differ. */
export const CLOCK_TOLERANCE = 60;
/** Seconds since `iat` after which a token is too old: it is asked for moments before it is checked. */
export const MAX_AGE = 600;
/** Seconds from `iat` to `exp` that are accepted; GitHub's tokens live 300. */
const MAX_LIFE = 3600;

/** Refuses times that are not whole numbers of seconds, or a life longer than GitHub gives. */
export function checkTimes(payload: ReadonlyMap<string, unknown>): { iat: number; exp: number } {
  const iat = seconds(payload, 'iat');
  const exp = seconds(payload, 'exp');
  seconds(payload, 'nbf');
  if (exp <= iat || exp - iat > MAX_LIFE) {
    throw refusal('TOKEN_TIME', `the token must live between 1 and ${MAX_LIFE} s; it says ${exp - iat} s`);
  }
  return { iat, exp };
}

function seconds(payload: ReadonlyMap<string, unknown>, name: string): number {
  const value = payload.get(name);
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw refusal(
    'TOKEN_TIME',
    `the claim ${name} must be a whole number of seconds; it is ${plain(String(value), 80)}`,
  );
}
