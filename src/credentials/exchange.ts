import type { Grant } from '../policy/policy.ts';
import type { Secret } from '../secret.ts';

/** A credential that was issued: who, scope, life; never the credential. Times are RFC 3339 in UTC. */
export interface CredentialFact {
  readonly provider: string;
  readonly principal: string;
  readonly scope: string;
  readonly issuedAt: string;
  readonly expiresAt: string;
  readonly requestId: string;
}

/** What dbt is given to reach its warehouse, and what evidence remembers of it. */
export interface Credentials {
  /** Environment variables of the dbt process only, by name. */
  readonly variables: ReadonlyMap<string, Secret>;
  readonly facts: readonly CredentialFact[];
}

/** Exchanges the verified identity for credentials of exactly the grant's scope. */
export function exchange(grant: Grant): Credentials {
  switch (grant.kind) {
    case 'duckdb':
      // A file beside the project: nothing is issued, and evidence says so with an empty list.
      return { variables: new Map(), facts: [] };
  }
}
