/** The calls that can go wrong, as people name them. */
export type CloudCall =
  | 'AssumeRoleWithWebIdentity'
  | 'AssumeRole'
  | 'token exchange'
  | 'generateAccessToken'
  | 'tokeninfo'
  | 'login'
  | 'statement';

/**
 * An answer of a cloud that is no credential, or no answer at all. Adapters throw it after exactly one
 * request; whether there is another try is decided by attempts.ts, what it means by explain/.
 * No part of it holds a token: `text` is the cloud's own words, made plain.
 */
export class CloudFault extends Error {
  override readonly name = 'CloudFault';
  readonly cloud: 'aws' | 'google' | 'snowflake' | 'databricks' | 'oauth';
  readonly call: CloudCall;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
  /** The cloud's code: `AccessDenied`, `invalid_target`, `394729`; empty when it has none. */
  readonly code: string;
  readonly text: string;
  readonly requestId: string;
  /** Another try with a fresh token may succeed: network, 429, 5xx, keys not fetched yet. */
  readonly transient: boolean;
  /** What Retry-After asks for, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(
    fault: Pick<CloudFault, 'cloud' | 'call' | 'status' | 'code' | 'text' | 'transient'> &
      Partial<Pick<CloudFault, 'requestId' | 'retryAfterMs'>>,
  ) {
    super(`${fault.cloud}: ${fault.call} failed: ${fault.code || fault.status} ${fault.text}`);
    this.cloud = fault.cloud;
    this.call = fault.call;
    this.status = fault.status;
    this.code = fault.code;
    this.text = fault.text;
    this.requestId = fault.requestId ?? '';
    this.transient = fault.transient;
    this.retryAfterMs = fault.retryAfterMs ?? 0;
  }
}
