import type { Grant } from './grant-types.ts';

/**
 * The allowlist as the product holds it after loading: immutable, every scalar text, names resolved.
 * What a person writes is described by docs/schema/policy-1.json and docs/policy.md.
 */
export interface Policy {
  /** Exact issuer of the tokens, byte for byte. */
  readonly issuer: string;
  /** Audience of the token that this gate asks for; used for nothing else. */
  readonly audience: string;
  /** RFC 3339; after it the policy allows nothing. */
  readonly notAfter?: string;
  /** The shape of `sub`. Without it both `legacy` and `immutable` are accepted, each rebuilt and compared. */
  readonly subTemplate?: 'legacy' | 'immutable' | readonly string[];
  readonly repositories: ReadonlyMap<string, Repository>;
  readonly grants: ReadonlyMap<string, Grant>;
  readonly rules: readonly Rule[];
  readonly deny: DenyList;
}

/** A repository by its immutable ids; the name is checked too, but is never enough. */
export interface Repository {
  /** `owner/name` */
  readonly name: string;
  readonly repositoryId: string;
  readonly ownerId: string;
  /** 1-based line in the policy file. */
  readonly line: number;
}

export type RefClause =
  | { readonly kind: 'equals'; readonly value: string }
  | { readonly kind: 'one-of'; readonly values: readonly string[] }
  | { readonly kind: 'glob'; readonly pattern: string };

/** Every clause is AND; the values inside a clause are OR. A clause that is absent is not checked. */
export interface Rule {
  readonly id: string;
  /** 1-based line of the rule in the policy file. */
  readonly line: number;
  readonly repository: Repository;
  readonly environment: { readonly name: string; readonly nodeId?: string };
  readonly ref?: RefClause;
  readonly refProtected?: 'true' | 'false';
  readonly eventName: readonly string[];
  readonly runnerEnvironment: readonly string[];
  readonly visibility?: readonly string[];
  readonly jobWorkflow?: { readonly path: string; readonly sha: readonly string[] };
  readonly actorId?: readonly string[];
  /** Names in `Policy.grants`. */
  readonly grants: readonly string[];
  /**
   * `federated`: this run's own short-lived credentials. `ambient`: what an earlier step of the job has put into
   * the environment, for teams that adopt the gate before the federation; the evidence says so.
   */
  readonly credentials: 'federated' | 'ambient';
  /** What happens to long-lived keys that lie about in a federated run: kept from dbt, or the run is refused. */
  readonly staticCredentials: 'scrub' | 'refuse';
  readonly dbt: DbtLimits;
  /** 1-based line of each clause by its key in the file, for messages. */
  readonly lines: ReadonlyMap<string, number>;
}

/** What dbt may be asked to do under a rule. Lists are closed sets; empty `within` means every node. */
export interface DbtLimits {
  readonly target: string;
  readonly commands: readonly string[];
  /** A node must match one of these (`tag:x`, `path:models/marts`, `package:x`, `schema:x`, `database:x`). */
  readonly within: readonly Selector[];
  /** No node may match any of these. Always wins over `within`. */
  readonly never: readonly Selector[];
  readonly fullRefresh: boolean;
  readonly maxMinutes?: number;
  /** Names of further environment variables that dbt may see. */
  readonly env: readonly string[];
}

export interface Selector {
  readonly method: 'tag' | 'path' | 'package' | 'schema' | 'database';
  readonly value: string;
}

/** A loaded policy with the exact bytes it came from. */
export interface LoadedPolicy {
  readonly policy: Policy;
  /** Where it came from, e.g. `acme/policies/dbt.yml@<40 hex>`; for a local file its path. */
  readonly source: string;
  /** SHA-256 of the bytes, lower-case hex. */
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

/** The deny list: beats every rule. */
export interface DenyList {
  readonly actorId: readonly string[];
  readonly repositoryId: readonly string[];
  readonly jobWorkflowSha: readonly string[];
}
