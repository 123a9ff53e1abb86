import { errors } from 'jose';
import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';
import { refusal } from './refusal.ts';

/** The token that is expected: byte-equal issuer, one audience. */
export interface ExpectedToken {
  readonly issuer: string;
  readonly audience: string;
}

type Payload = ReadonlyMap<string, unknown>;

/** What jose found wrong, as the product's error: expected against actual. */
export function failedClaim(
  error: unknown,
  payload: Payload,
  expected: ExpectedToken,
  now: Date,
): PassportError {
  if (error instanceof errors.JWTExpired) return expired(error.claim, payload, now);
  if (error instanceof errors.JWTClaimValidationFailed) return invalid(error, payload, expected, now);
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return refusal('TOKEN_SIGNATURE', `the token's signature is not by the key of ${plain(expected.issuer)}`);
  }
  return refusal('TOKEN_FORMAT', `the token cannot be read: ${plain(String(error), 200)}`);
}

export function wrongAudience(payload: Payload, expected: ExpectedToken): PassportError {
  return refusal(
    'TOKEN_AUD',
    `the token was asked for the audience "${plain(expected.audience)}"; it is for ${shown(payload.get('aud'))}`,
    'Give the gate an audience of its own in the policy; a token for a cloud is not accepted here, nor a list of audiences.',
  );
}

function wrongIssuer(payload: Payload, expected: ExpectedToken): PassportError {
  return refusal(
    'TOKEN_ISS',
    `the policy expects the issuer "${plain(expected.issuer)}"; the token is from ${shown(payload.get('iss'))}`,
    'An enterprise with its own issuer, ghe.com and GitHub Enterprise Server each have another one: set `issuer:` in the policy, byte for byte.',
  );
}

function expired(claim: string, payload: Payload, now: Date): PassportError {
  const seconds = secondsSince(payload.get(claim), now);
  const [reason, what] = claim === 'exp' ? ['TOKEN_EXPIRED', 'expired'] : ['TOKEN_TIME', 'was issued'];
  return new PassportError(
    'ERR_TOKEN_EXPIRED',
    `the token ${what} ${seconds} s ago by the clock of this runner`,
    {
      reason,
      hint: `A token is checked moments after it is issued: is the clock of the runner wrong by ${seconds} s?`,
    },
  );
}

function invalid(
  { claim, reason }: errors.JWTClaimValidationFailed,
  payload: Payload,
  expected: ExpectedToken,
  now: Date,
): PassportError {
  if (claim === 'iss') return wrongIssuer(payload, expected);
  if (claim === 'aud') return wrongAudience(payload, expected);
  if (claim === 'typ') return refusal('TOKEN_TYP', 'the token\'s typ must be "JWT"');
  const problem = reason === 'missing' ? 'is missing' : `is ${shown(payload.get(claim))}`;
  if (claim === 'iat' || claim === 'nbf' || claim === 'exp') {
    const early = -secondsSince(payload.get(claim), now);
    const ahead =
      early > 0 && reason === 'check_failed' ? `, ${early} s ahead of the clock of this runner` : '';
    return refusal(
      'TOKEN_TIME',
      `the claim ${claim} ${problem}${ahead}`,
      'Is the clock of the runner wrong?',
    );
  }
  return refusal('TOKEN_CLAIM', `the claim ${plain(claim, 80)} ${problem}`);
}

function secondsSince(value: unknown, now: Date): number {
  return Math.floor(now.getTime() / 1000) - (typeof value === 'number' ? value : 0);
}

function shown(value: unknown): string {
  return value === undefined ? 'none' : plain(JSON.stringify(value), 200);
}
