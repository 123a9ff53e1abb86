/** A key of the issuer, as Kong keeps it. */
export interface PublicKey {
  readonly kid: string;
  /** SubjectPublicKeyInfo in PEM. */
  readonly pem: string;
}

/** How the configuration of Kong is written, where the policy does not say. */
export interface KongOptions {
  /** The issuer's keys; Kong fetches none. */
  readonly keys?: readonly PublicKey[];
  /** Where allowed requests go, such as `http://dbt-runner.internal:8080`. */
  readonly upstream?: string;
  /**
   * What finds the credential. `sub`: one consumer for each environment, with one key, so that a token by another key of
   * the issuer is refused. `kid`: one consumer with every key; the function alone then says whose token it is.
   */
  readonly bind?: 'sub' | 'kid';
}
