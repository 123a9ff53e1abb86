import type { RunFact } from '../dbt/invocation.ts';
import { invocationNodes } from '../dbt/outcome.ts';
import type { PlannedCommand } from '../dbt/plan.ts';
import { CLAIM_NAMES, type Claims } from '../identity/claims.ts';
import { needsCredentials } from '../policy/grant.ts';
import type { LoadedPolicy } from '../policy/policy.ts';
import { credentialSource } from './credential-source.ts';
import type { DbtRunPredicate } from './predicate.ts';
import type { EvidenceRecord, Facts } from './record.ts';

/** The predicate of a finished record. Facts that the run never reached are absent, not empty. */
export function buildPredicate(record: EvidenceRecord): DbtRunPredicate {
  const { policy, identity, decision, plan, lineage, events } = record.facts;
  const { failure } = record;
  const dbt = dbtOf(record);
  return {
    status: record.status,
    mode: record.mode,
    startedAt: record.startedAt,
    finishedAt: record.finishedAt,
    tool: record.tool,
    trace: record.trace,
    run: record.context,
    ...(identity && { identity: { claims: plainClaims(identity.claims), token: identity.token } }),
    ...(policy && { policy: policyOf(policy) }),
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
        commands: plan.commands.map(({ command, nodes }) => ({ command: command.text, nodes })),
        hooks: plan.hooks,
      },
    }),
    ...credentialFacts(record.facts),
    ...(dbt && { dbt }),
    ...(lineage && {
      lineage: { events: events?.length ?? 0, nodes: lineage.nodes.length, edges: lineage.edges.length },
    }),
    ...(failure && { failure: { code: failure.code, stage: failure.stage, message: failure.message } }),
  };
}

function policyOf({ source, sha256, policy, signedBy, branchProtected }: LoadedPolicy) {
  const { serial, notAfter } = policy;
  return {
    source,
    sha256,
    ...(serial !== undefined && { serial }),
    ...(notAfter !== undefined && { notAfter }),
    ...(signedBy !== undefined && { signedBy }),
    ...(branchProtected !== undefined && { branchProtected }),
  };
}

function credentialFacts(facts: Partial<Facts>) {
  const { grants, credentials = [], credentialsEndedAt, staticCredentials } = facts;
  const [first] = grants ?? [];
  return {
    ...(first && {
      warehouse: {
        grant: first[0],
        kind: first[1].kind,
        credentials: needsCredentials(first[1]) ? ('needed' as const) : ('none' as const),
      },
    }),
    credentials: [...credentials],
    credentialSource: credentialSource(credentials),
    ...(credentialsEndedAt && credentials.length > 0 && { credentialsEndedAt }),
    ...(staticCredentials && { staticCredentials: [...staticCredentials] }),
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
    adapters: engine.adapters,
    executableSha256: engine.sha256,
    packages: engine.packages,
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
