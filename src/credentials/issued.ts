import type { Secret } from '../secret.ts';

/** One credential that was issued: who, scope, life; never the credential. Times are RFC 3339 in UTC. */
export interface CredentialFact {
  /** Who issued it. `ambient`: not issued for this run, found in the job's environment. */
  readonly provider: 'aws' | 'google' | 'snowflake' | 'databricks' | 'oauth' | 'ambient';
  /** Whom the issuer says it is for: an assumed role, a service account, a user. */
  readonly principal: string;
  /** What it may touch, in the issuer's words. */
  readonly scope: string;
  /** How dbt comes by it, e.g. `container credentials`; see docs/credentials.md. */
  readonly route: string;
  readonly issuedAt: string;
  /** Empty where the issuer does not say. */
  readonly expiresAt: string;
  /** The issuer's id of the call, for its own audit log; empty where it has none. */
  readonly requestId: string;
  /** Issues of the same kind right before this one that a full list has no place for; see issued-facts.ts. */
  readonly unlisted?: number;
}

/** A credential as it was issued. `value` holds the secrets. */
export interface Issued<Value> {
  readonly value: Value;
  readonly fact: CredentialFact;
  readonly expiresAt: Date;
}

/** What dbt gets in its environment, by name. A plain string is no secret and is not masked. */
export type Variables = ReadonlyMap<string, string | Secret>;
