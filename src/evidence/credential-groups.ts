import type { CredentialFact } from '../credentials/issued.ts';
import { issuedCount, kindOf } from '../credentials/issued-facts.ts';

/** The same credential over and over, as its renewals: one line for a person. */
export interface CredentialGroup {
  /** The first of them; all have its provider, principal, scope and route. */
  readonly first: CredentialFact;
  readonly last: CredentialFact;
  readonly count: number;
}

/** In the order in which each was first issued. */
export function credentialGroups(credentials: readonly CredentialFact[]): readonly CredentialGroup[] {
  const groups = new Map<string, CredentialGroup>();
  for (const fact of credentials) {
    const key = kindOf(fact);
    const known = groups.get(key);
    groups.set(key, {
      first: known?.first ?? fact,
      last: fact,
      count: (known?.count ?? 0) + issuedCount([fact]),
    });
  }
  return [...groups.values()];
}

/** Who issued it, in words. */
export const PROVIDERS: Readonly<Record<CredentialFact['provider'], string>> = {
  aws: 'AWS',
  google: 'Google Cloud',
  snowflake: 'Snowflake',
  databricks: 'Databricks',
  oauth: 'another identity provider',
  ambient: 'nobody, for this run',
};

/** What became of a long-lived key, in words. */
export const STATIC_OUTCOMES = {
  scrubbed: 'kept from dbt',
  refused: 'refused: the run stopped for it',
  passed: 'passed to dbt',
} as const;
