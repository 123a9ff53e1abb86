import type { Endpoints } from '../../credentials/endpoints.ts';

/** One output of profiles.yml as plain values. */
export type ProfileOutput = { readonly [key: string]: ProfileValue };

export type ProfileValue = string | number | boolean | EnvReference | readonly ProfileValue[] | ProfileOutput;

/** A value that is known only when dbt runs: rendered as `{{ env_var('NAME', 'default') }}`. */
export interface EnvReference {
  readonly envVar: string;
  /** What planning sees, without a credential. */
  readonly whilePlanning: string;
  /** The profile needs a number. */
  readonly number?: true;
}

/** What a profile is made from, besides the grant. */
export interface ProfileContext {
  /** Absolute path of the dbt project. */
  readonly projectDir: string;
  readonly credentials: 'federated' | 'ambient';
  /** Who is running, to be stamped on sessions and queries where the warehouse has a place for it; see stamps.ts. */
  readonly stamps: Readonly<Record<string, string>>;
  readonly endpoints: Endpoints;
}
