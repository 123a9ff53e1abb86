import type { CheckoutClause } from '../checkout/clause.ts';
import type { ActorClass } from '../identity/actor-class.ts';
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
  readonly policyId?: string;
  /** Rises with every version; a lower one than was seen is a rollback. */
  readonly serial?: number;
  /** RFC 3339; after it the policy allows nothing. */
  readonly notAfter?: string;
  readonly review?: Review;
  /** `audit`: a run that a rule's clauses deny may go on with the job's own credentials (decisions/0006). */
  readonly mode: 'enforce' | 'audit';
  /** The shape of `sub`. Without it both `legacy` and `immutable` are accepted, each rebuilt and compared. */
  readonly subTemplate?: 'legacy' | 'immutable' | readonly string[];
  readonly repositories: ReadonlyMap<string, Repository>;
  readonly grants: ReadonlyMap<string, Grant>;
  /** What each grant says of itself, by its name. */
  readonly grantTerms: ReadonlyMap<string, GrantTerms>;
  readonly rules: readonly Rule[];
  readonly deny: DenyList;
}

/** When something was last reviewed, and for how many days that holds. */
export interface Review {
  /** `YYYY-MM-DD`; a day without a time is read in UTC. */
  readonly lastReviewed: string;
  readonly maxAgeDays: number;
}

/** What a grant says of itself; the linter and the reviewer's matrix hold rules against it, the gate does not. */
export interface GrantTerms {
  /** Absent when the policy does not say. */
  readonly tier?: 'prod' | 'nonprod';
  /** `write` when the policy does not say: dbt builds. */
  readonly access: 'read' | 'write';
  /** 1-based line in the policy file. */
  readonly line: number;
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
  readonly actorClass?: readonly ActorClass[];
  /** Why the rule takes runners that its owner operates. */
  readonly allowSelfHosted?: string;
  /** Why tags that GitHub does not call protected are: a ruleset for tags. */
  readonly tagRuleset?: string;
  /** For emergencies only: from `expires` on (RFC 3339) the rule allows nothing. The reason is in every record. */
  readonly breakGlass?: { readonly reason: string; readonly expires: string };
  readonly review?: Review;
  /** Longest life, in seconds, of any credential that is asked for under this rule. */
  readonly maxTtlSeconds?: number;
  /** Names in `Policy.grants`. */
  readonly grants: readonly string[];
  /**
   * `federated`: this run's own short-lived credentials. `ambient`: what an earlier step of the job has put into
   * the environment, for teams that adopt the gate before the federation; the evidence says so.
   */
  readonly credentials: 'federated' | 'ambient';
  /** What happens to long-lived keys that lie about in a federated run: kept from dbt, or the run is refused. */
  readonly staticCredentials: 'scrub' | 'refuse';
  /** Which code dbt may run. */
  readonly checkout: CheckoutClause;
  readonly dbt: DbtLimits;
  /** 1-based line of each clause by its key in the file, for messages. */
  readonly lines: ReadonlyMap<string, number>;
}

/** What dbt may be asked to do under a rule. Lists are closed sets; empty `within` means every node. */
export interface DbtLimits {
  readonly target: string;
  readonly commands: readonly string[];
  /** A node must match one of these (`tag:x`, `path:models/marts`, `group:x`, `access:public` …). */
  readonly within: readonly Selector[];
  /** No node may match any of these. Always wins over `within`. */
  readonly never: readonly Selector[];
  readonly fullRefresh: boolean;
  readonly maxMinutes?: number;
  /** Names of further environment variables that dbt may see. */
  readonly env: readonly string[];
}

export interface Selector {
  readonly method: 'tag' | 'path' | 'package' | 'schema' | 'database' | 'group' | 'access';
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
  /** Who signed the bytes, where a signature was demanded: a certificate's identity, or a key's id. */
  readonly signedBy?: string;
  /** Whether rules guard the branch that holds it; absent where that could not be seen. */
  readonly branchProtected?: boolean;
}

/** The deny list: beats every rule. */
export interface DenyList {
  readonly actorId: readonly string[];
  readonly repositoryId: readonly string[];
  readonly jobWorkflowSha: readonly string[];
}
