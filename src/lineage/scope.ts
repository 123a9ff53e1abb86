import type { DbtArtifacts } from '../dbt/artifacts.ts';
import type { DbtInvocation, RunFact } from '../dbt/invocation.ts';
import type { Identity } from '../identity/claims.ts';
import type { Trace } from '../identity/trace.ts';
import type { RunContext } from '../job.ts';
import type { Decision } from '../policy/decision.ts';
import type { Grant } from '../policy/grant-types.ts';
import type { Warehouse } from './dataset.ts';
import { type Dialect, dialectOf } from './dialect.ts';
import { facet, type JsonObject, known, ownFacet } from './facet.ts';
import { identityFacet } from './identity-facet.ts';
import { datasetNamespace } from './namespace.ts';
import { runId } from './run-id.ts';

/** What the events are made of. */
export interface LineageInput {
  readonly runs: readonly RunFact[];
  readonly identity: Identity;
  readonly decision: Decision;
  readonly trace: Trace;
  readonly context: RunContext;
  readonly grants: ReadonlyMap<string, Grant>;
  /** URI of this program in its version. */
  readonly producer: string;
  /**
   * The dbt project by its path from the top of the repository. When it leads outside, locations name only the commit. Null: its files
   * are not known to be those of the run's commit, and nothing has a location there.
   */
  readonly projectDir: string | null;
}

/** What the events of one dbt command have in common. */
export interface Scope extends Warehouse {
  readonly input: LineageInput;
  readonly invocation: DbtInvocation;
  readonly artifacts: DbtArtifacts | null;
  readonly adapterType: string;
  readonly dialect: Dialect;
  /** Namespace of all jobs: the repository's URL. */
  readonly jobNamespace: string;
  readonly wrapper: RunReference;
  readonly workflow: RunReference;
  /** Run facets of every event: the engine, the identity. */
  readonly runFacets: JsonObject;
}

/** A run as the `parent` facet names it. */
export interface RunReference {
  readonly run: { readonly runId: string };
  readonly job: { readonly namespace: string; readonly name: string };
}

export function scopeOf(input: LineageInput, { invocation, artifacts }: RunFact): Scope {
  const { producer, trace, context, grants, identity, decision } = input;
  const jobNamespace = `${context.serverUrl}/${context.repository}`;
  const manifest = artifacts?.manifest;
  const all = input.runs.flatMap((run) => run.artifacts ?? []);
  const project = manifest?.projectName ?? all[0]?.manifest.projectName ?? '';
  const catalog = artifacts?.catalog ?? all.find((other) => other.catalog !== null)?.catalog ?? null;
  return {
    input,
    invocation,
    artifacts,
    producer,
    jobNamespace,
    namespace: datasetNamespace(manifest?.adapterType ?? '', grants),
    adapterType: manifest?.adapterType ?? '',
    dialect: dialectOf(manifest?.adapterType ?? ''),
    catalog,
    workflow: {
      run: { runId: runId(trace.traceId, context.repository, context.runId, context.runAttempt) },
      job: { namespace: jobNamespace, name: context.workflow === '' ? 'workflow' : context.workflow },
    },
    wrapper: {
      run: { runId: runId(trace.traceId, invocationKey(invocation)) },
      job: { namespace: jobNamespace, name: project === '' ? 'dbt-run' : `dbt-run-${project}` },
    },
    runFacets: {
      ...(manifest && {
        processing_engine: facet(producer, 'ProcessingEngineRunFacet', {
          name: 'dbt',
          version: manifest.dbtVersion,
        }),
      }),
      dbtPassport_identity: identityFacet(producer, identity, trace, decision, context.serverUrl),
    },
  };
}

/** Id of the run of one node or of one group of tests inside the command. */
export function nodeRunId({ input, invocation }: Scope, key: string): string {
  return runId(input.trace.traceId, invocationKey(invocation), key);
}

/** The `parent` facet (1-2-0): the run that started this one, and the workflow run at the root. */
export function parentFacet(producer: string, parent: RunReference, root: RunReference): JsonObject {
  return { parent: facet(producer, 'ParentRunFacet', { ...parent, root }) };
}

/** `dbtPassport_dbt`: dbt's own words about the run. Schema: docs/schema/dbt-run-facet-1-0-0.json. */
export function dbtFacet(
  { producer, invocation }: Scope,
  fields: Readonly<Record<string, unknown>>,
): JsonObject {
  const { command, invocationId } = invocation;
  return {
    dbtPassport_dbt: ownFacet(
      producer,
      'dbt-run-facet-1-0-0',
      known({ command: command.text, invocationId, ...fields }),
    ),
  };
}

/** dbt's invocation_id; the start of the command when dbt died before it had one. */
function invocationKey({ invocationId, startedAt }: DbtInvocation): string {
  return invocationId === '' ? startedAt : invocationId;
}
