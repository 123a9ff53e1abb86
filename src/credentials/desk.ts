import type { Secret } from '../secret.ts';
import type { Broker, SnowflakeRelay } from './broker.ts';
import type { Clouds } from './clouds.ts';
import type { Endpoints } from './endpoints.ts';
import type { CredentialFact, Variables } from './issued.ts';
import type { Lifetime } from './lifetime.ts';

/** What a route works with: tokens, clouds, the broker, and where to put what it learns. */
export interface Desk {
  /** Asks for an ID token for one audience, fresh each time; masked before it is returned. */
  readonly idToken: (audience: string) => Promise<Secret>;
  readonly clouds: Clouds;
  readonly endpoints: Endpoints;
  readonly broker: Broker;
  readonly snowflakeRelay: SnowflakeRelay;
  readonly files: PrivateFiles;
  readonly run: RunStamp;
  /** Seconds dbt may take, by the rule; undefined without a limit. */
  readonly budgetSeconds?: number;
  /** To be called for every credential before its first use: masks the secrets and puts the fact on record. */
  readonly issued: (fact: CredentialFact, secrets: readonly Secret[]) => void;
  /** Something that may go wrong soon, for the log. */
  readonly warn?: (line: string) => void;
  /** A failed renewal in one line, with its cause and what to change; its own words when not given. */
  readonly explain?: (error: unknown) => string;
  readonly timing: Timing;
  /** Aborted when the run is over, or cancelled before dbt: from then on nothing is asked, and nobody waits for a cloud. */
  readonly ended?: AbortSignal;
}

/** Time and chance, so that tests need not wait. */
export interface Timing {
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Files of mode 0600 in a folder of mode 0700 that is gone after the run. */
export interface PrivateFiles {
  /** Writes or replaces in one step; returns the absolute path. */
  write(name: string, content: string | Secret): Promise<string>;
}

/** The identity of the run, in the forms that clouds keep in their audit logs. Plain text, no secret. */
export interface RunStamp {
  readonly repository: string;
  readonly repositoryId: string;
  readonly environment: string;
  readonly runId: string;
  readonly runAttempt: string;
  readonly actor: string;
  readonly actorId: string;
  readonly sha: string;
  readonly traceId: string;
}

/** A warehouse that dbt can reach. */
export interface OpenRoute {
  /** For the environment of dbt, while it runs. */
  readonly variables: Variables;
  /** For the plan that is printed before dbt starts; empty when nothing was issued. */
  readonly lifetimes: readonly Lifetime[];
  /** Ends what the broker does not end by itself, such as open sessions. Never throws. */
  close?(): Promise<void>;
}
