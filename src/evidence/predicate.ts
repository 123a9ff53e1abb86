import type { RunFact } from '../dbt/invocation.ts';
import { invocationNodes } from '../dbt/outcome.ts';
import type { PlannedCommand } from '../dbt/plan.ts';
import { CLAIM_NAMES, type Claims } from '../identity/claims.ts';
import type { EvidenceRecord } from './record.ts';

/**
 * The predicate of the in-toto statement: what a run proves, as JSON. Published as docs/schema/dbt-run-v1.json.
 * Conventions: in-toto "new predicate guidelines" (lowerCamelCase, RFC 3339 with Z, names that say what a time means).
 */
export const PREDICATE_TYPE = 'https://dbt-passport.github.io/attestation/dbt-run/v1';

export interface DbtRunPredicate {
  readonly status: 'succeeded' | 'failed' | 'denied' | 'cancelled' | 'dry-run';
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly tool: { readonly name: string; readonly version: string };
  readonly trace: { readonly traceId: string; readonly spanId: string };
  /** What the job said of itself (GITHUB_* variables): claims of the signer. */
  readonly run: {
    readonly repository: string;
    readonly runId: string;
    readonly runAttempt: string;
    readonly sha: string;
    readonly ref: string;
    readonly eventName: string;
    readonly actor: string;
    readonly triggeringActor: string;
    readonly job: string;
    readonly workflow: string;
    readonly serverUrl: string;
  };
  /** From the verified token; absent when none was verified. */
  readonly identity?: {
    readonly claims: Readonly<Record<string, string | number>>;
    readonly token: {
      readonly issuer: string;
      readonly subject: string;
      readonly audience: string;
      readonly tokenId: string;
      readonly issuedAt: string;
      readonly expiresAt: string;
      readonly sha256: string;
    };
  };
  readonly policy?: { readonly source: string; readonly sha256: string };
  readonly decision?: {
    readonly allow: boolean;
    readonly rule: string | null;
    readonly reasons: readonly {
      readonly code: string;
      readonly claim: string;
      readonly expected: string;
      readonly actual: string;
    }[];
  };
  readonly plan?: {
    readonly commands: readonly { readonly command: string; readonly nodes: readonly string[] }[];
    readonly hooks: readonly string[];
  };
  /** Credentials issued in this run: who, scope, life; empty for DuckDB. */
  readonly credentials: readonly {
    readonly provider: string;
    readonly principal: string;
    readonly scope: string;
    readonly issuedAt: string;
    readonly expiresAt: string;
    readonly requestId: string;
  }[];
  readonly dbt?: {
    readonly version: string;
    readonly adapters: Readonly<Record<string, string>>;
    readonly executableSha256: string;
    readonly packages: readonly string[];
    readonly exitCode: number | null;
    readonly invocations: readonly {
      readonly command: string;
      readonly invocationId: string;
      readonly exitCode: number;
      readonly signal: string | null;
      readonly startedAt: string;
      readonly finishedAt: string;
      /** unique_ids by outcome. `unplanned`: run but not in the plan; `missing`: planned but without a result. */
      readonly nodes: {
        readonly succeeded: readonly string[];
        readonly failed: readonly string[];
        readonly warned: readonly string[];
        readonly skipped: readonly string[];
        readonly unplanned: readonly string[];
        readonly missing: readonly string[];
      };
    }[];
  };
  readonly lineage?: { readonly events: number; readonly nodes: number; readonly edges: number };
  readonly failure?: { readonly code: string; readonly stage: string; readonly message: string };
}

/** in-toto Statement v1 (https://in-toto.io/Statement/v1). */
export interface Statement {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
  readonly predicateType: string;
  readonly predicate: DbtRunPredicate;
}

/** The predicate of a finished record. Facts that the run never reached are absent, not empty. */
export function buildPredicate(record: EvidenceRecord): DbtRunPredicate {
  const { policy, identity, decision, plan, lineage, events } = record.facts;
  const dbt = dbtOf(record);
  return {
    status: record.status,
    startedAt: record.startedAt,
    finishedAt: record.finishedAt,
    tool: { ...record.tool },
    trace: { ...record.trace },
    run: { ...record.context },
    ...(identity && { identity: { claims: plainClaims(identity.claims), token: { ...identity.token } } }),
    ...(policy && { policy: { source: policy.source, sha256: policy.sha256 } }),
    ...(decision && {
      decision: {
        allow: decision.allow,
        rule: decision.rule,
        reasons: decision.reasons.map(({ code, claim, expected, actual }) => ({
          code,
          claim,
          expected,
          actual,
        })),
      },
    }),
    ...(plan && {
      plan: {
        commands: plan.commands.map((planned) => ({
          command: planned.command.text,
          nodes: [...planned.nodes],
        })),
        hooks: [...plan.hooks],
      },
    }),
    credentials: (record.facts.credentials ?? []).map((fact) => ({ ...fact })),
    ...(dbt && { dbt }),
    ...(lineage && {
      lineage: { events: events?.length ?? 0, nodes: lineage.nodes.length, edges: lineage.edges.length },
    }),
    ...(record.failure && {
      failure: {
        code: record.failure.code,
        stage: record.failure.stage,
        message: record.failure.message,
      },
    }),
  };
}

/** Claims the product knows, as text or number; a claim of another type is left out, never turned into text. */
function plainClaims(claims: Claims): Record<string, string | number> {
  const kept: Record<string, string | number> = {};
  for (const name of CLAIM_NAMES) {
    const value = claims.get(name);
    if (typeof value === 'string' || typeof value === 'number') kept[name] = value;
  }
  return kept;
}

function dbtOf(record: EvidenceRecord): DbtRunPredicate['dbt'] {
  const { engine, runs, plan } = record.facts;
  if (engine === undefined) return undefined;
  return {
    version: engine.version,
    adapters: { ...engine.adapters },
    executableSha256: engine.sha256,
    packages: [...engine.packages],
    exitCode: record.dbtExitCode,
    invocations: (runs ?? []).map((run, index) =>
      invocationOf(run, plan?.commands[index], plan?.hooks ?? []),
    ),
  };
}

function invocationOf(run: RunFact, planned: PlannedCommand | undefined, hooks: readonly string[]) {
  const { invocation, artifacts } = run;
  return {
    command: invocation.command.text,
    invocationId: invocation.invocationId,
    exitCode: invocation.exitCode,
    signal: invocation.signal,
    startedAt: invocation.startedAt,
    finishedAt: invocation.finishedAt,
    nodes: invocationNodes(planned?.nodes ?? [], hooks, artifacts),
  };
}
