import type { CheckoutFact } from '../checkout/told.ts';
import type { CredentialFact } from '../credentials/issued.ts';
import type { StaticCredential } from '../credentials/static-credentials.ts';
import type { EnvironmentFact, SettingFact } from '../dbt/environment.ts';
import type { DbtEngine, RunFact } from '../dbt/invocation.ts';
import type { InstalledPackages } from '../dbt/packages.ts';
import type { Plan } from '../dbt/plan.ts';
import { standing } from '../dbt/retry.ts';
import type { ErrorCode, PassportError } from '../errors.ts';
import type { Identity } from '../identity/claims.ts';
import type { People } from '../identity/people.ts';
import type { Trace } from '../identity/trace.ts';
import type { Mode } from '../inputs.ts';
import type { RunContext } from '../job.ts';
import type { LineageGraph } from '../lineage/graph.ts';
import { auditedUnder, type Decision } from '../policy/decision.ts';
import type { Grant } from '../policy/grant-types.ts';
import type { LoadedPolicy } from '../policy/policy.ts';
import type { AskedPolicy } from '../policy/source/open-policy.ts';
import type { DbtOutputs } from '../ports.ts';

/** How a run ended. `dry-run`: decided and planned, nothing executed. `auth-only`: decided, credentials exchanged, no dbt. */
export type Status = 'succeeded' | 'failed' | 'denied' | 'cancelled' | Exclude<Mode, 'run'>;

/** The program that made a record. */
export interface Tool {
  readonly name: string;
  readonly version: string;
}

/** A rule allowed who runs, and not what would run: these are denials, whoever decided before. */
export const REFUSALS: readonly string[] = [
  'ERR_DBT_SELECTION_FORBIDDEN',
  'ERR_CHECKOUT_DIFFERS',
  'ERR_CHECKOUT_UNKNOWN',
] satisfies readonly ErrorCode[];

/** Everything a run can know about itself, filled stage by stage. */
export interface Facts {
  /** Kept before the policy is judged; `policy` says that it was taken. */
  readonly askedPolicy: AskedPolicy;
  readonly policy: LoadedPolicy;
  readonly identity: Identity;
  /** Whose doing the run and this attempt are. */
  readonly people: People;
  readonly decision: Decision;
  readonly grants: ReadonlyMap<string, Grant>;
  /** The project on disk before the plan. */
  readonly checkout: CheckoutFact;
  /** Files that dbt reads and that were others when it had ended; null when that could not be seen. */
  readonly changedInRun: readonly string[] | null;
  /** What of the job's environment dbt got. */
  readonly environment: EnvironmentFact;
  /** Settings that files of the project and of the user make. */
  readonly flags: readonly SettingFact[];
  readonly engine: DbtEngine;
  /** What the last `deps` of this run left in the project. */
  readonly installed: InstalledPackages;
  readonly plan: Plan;
  /** Long-lived keys that were found, and what became of them; empty: looked, and found none. */
  readonly staticCredentials: readonly StaticCredential[];
  /** In the order of issue. */
  readonly credentials: readonly CredentialFact[];
  /** When the ways to them were closed: broker, relay, sessions, files. RFC 3339, UTC. */
  readonly credentialsEndedAt: string;
  readonly runs: readonly RunFact[];
  /** What dbt left for the later steps of the job. */
  readonly outputs: DbtOutputs;
  readonly lineage: LineageGraph;
  /** OpenLineage events, one JSON object each. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

export type FactListener = <K extends keyof Facts>(name: K, fact: Facts[K]) => void;

/**
 * The record of one run. It exists before the first check and is filled as the run goes, so that a
 * refused, failed or cancelled run leaves evidence too.
 */
export class EvidenceRecord {
  readonly context: RunContext;
  readonly trace: Trace;
  readonly tool: Tool;
  readonly startedAt: string;
  readonly mode: Mode;
  #facts: Partial<Facts> = {};
  #failure: PassportError | null = null;
  #finishedAt = '';
  #cancelled = false;
  readonly #told: FactListener;
  readonly #failed: (error: PassportError) => void;

  constructor(start: {
    context: RunContext;
    trace: Trace;
    tool: Tool;
    startedAt: Date;
    mode: Mode;
    /** Called for each fact as it is kept. */
    told?: FactListener;
    /** Called for the error that stops the run, as soon as it does. */
    failed?: (error: PassportError) => void;
  }) {
    this.context = start.context;
    this.trace = start.trace;
    this.tool = start.tool;
    this.startedAt = start.startedAt.toISOString();
    this.mode = start.mode;
    this.#told = start.told ?? (() => {});
    this.#failed = start.failed ?? (() => {});
  }

  /** Keeps a fact under its name and returns it, so that a line of the pipeline computes and records at once. */
  keep<K extends keyof Facts>(name: K, fact: Facts[K]): Facts[K] {
    this.#facts = { ...this.#facts, [name]: fact };
    this.#told(name, fact);
    return fact;
  }

  /** A fact that an earlier stage has kept. Asking for one that is missing is a defect of the pipeline. */
  known<K extends keyof Facts>(name: K): Facts[K] {
    const fact = this.#facts[name];
    if (fact === undefined) throw new Error(`the stage that keeps ${name} has not run`);
    return fact as Facts[K];
  }

  get facts(): Readonly<Partial<Facts>> {
    return this.#facts;
  }

  /** The error that stopped the run; null while none did. */
  get failure(): PassportError | null {
    return this.#failure;
  }

  get finishedAt(): string {
    return this.#finishedAt;
  }

  fail(error: PassportError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#failed(error);
  }

  cancel(): void {
    this.#cancelled = true;
  }

  finish(at: Date): void {
    this.#finishedAt = at.toISOString();
  }

  get status(): Status {
    if (this.#cancelled) return 'cancelled';
    const { decision } = this.#facts;
    if (decision?.allow === false && auditedUnder(decision) === null) return 'denied';
    // A line that was refused after an earlier one had run did not keep dbt from running.
    if (REFUSALS.includes(this.#failure?.code ?? '') && this.dbtExitCode === null) return 'denied';
    if (this.#failure !== null) return 'failed';
    return this.mode === 'run' ? 'succeeded' : this.mode;
  }

  /** dbt's exit code: the first that is not 0, of a line that was repeated that of its `retry`; null when dbt did not run. */
  get dbtExitCode(): number | null {
    const runs = this.#facts.runs;
    if (runs === undefined || runs.length === 0) return null;
    return standing(runs).find((run) => run.invocation.exitCode !== 0)?.invocation.exitCode ?? 0;
  }
}
