import { exchange } from './credentials/exchange.ts';
import { readManifest } from './dbt/artifacts.ts';
import { parseCommands } from './dbt/command.ts';
import { childEnvironment } from './dbt/environment.ts';
import { checkRuns, execute } from './dbt/execute.ts';
import { checkCommands } from './dbt/limits.ts';
import { checkPlan, planCommands } from './dbt/plan.ts';
import { renderProfiles } from './dbt/profile.ts';
import { stampsOf } from './dbt/stamps.ts';
import { asPassportError } from './errors.ts';
import { type Conclusion, conclude } from './evidence/conclude.ts';
import { EvidenceRecord } from './evidence/record.ts';
import { checkContext } from './identity/context.ts';
import { verifyToken } from './identity/token.ts';
import { traceOf } from './identity/trace.ts';
import { lineageGraph } from './lineage/graph.ts';
import { openLineageEvents } from './lineage/openlineage.ts';
import { allowedRule } from './policy/allowed-rule.ts';
import { decide } from './policy/decide.ts';
import { grantsOf, warehouseOf } from './policy/grant.ts';
import { loadPolicy } from './policy/load.ts';
import type { Rule } from './policy/policy.ts';
import type { DbtSession, Ports } from './ports.ts';
import type { Request } from './request.ts';
import type { Secret } from './secret.ts';
import { TOOL } from './version.ts';

/** One run, in order. Whatever happens, what is known by then becomes evidence. */
export async function passport(request: Request, ports: Ports): Promise<Conclusion> {
  const { job, inputs } = request;
  const trace = await traceOf(job.expected, request.traceparent);
  const record = new EvidenceRecord({
    context: job.context,
    trace,
    tool: { name: TOOL.name, version: TOOL.version },
    startedAt: ports.clock(),
    dryRun: inputs.dryRun,
  });
  const issued: Secret[] = [];
  try {
    const rule = await admit(request, ports, record, issued);
    const session = await open(rule, request, ports, record);
    try {
      await plan(rule, request, session, record);
      if (!inputs.dryRun) await run(session, record, issued);
    } finally {
      await session.close();
    }
    collectLineage(record, request);
    checkRuns(record.facts.runs ?? []);
  } catch (error) {
    record.fail(asPassportError(error));
  }
  if (ports.cancelled.aborted) record.cancel();
  record.finish(ports.clock());
  return await conclude(record, issued, request, ports);
}

/** Who is it, and may they? Ends with the one rule that allows the run, or throws. No credential exists yet. */
async function admit(
  request: Request,
  ports: Ports,
  record: EvidenceRecord,
  issued: Secret[],
): Promise<Rule> {
  const { bytes, source } = await ports.policy(request.inputs.policy);
  const allowLoopbackIssuer = request.allowLoopback;
  const policy = record.keep('policy', await loadPolicy(bytes, source, { allowLoopbackIssuer }));

  const token = await ports.idToken(policy.policy.issuer)(policy.policy.audience);
  issued.push(token);
  const identity = record.keep('identity', await verifyToken(token, policy.policy, ports));
  checkContext(identity.claims, request.job.expected);

  const decision = record.keep('decision', decide(policy, identity, request.inputs, ports.clock()));
  return allowedRule(policy, decision);
}

/** Opens dbt with the rule's warehouse and target, and the part of the job's environment that it may see. */
async function open(rule: Rule, request: Request, ports: Ports, record: EvidenceRecord): Promise<DbtSession> {
  const grants = record.keep('grants', grantsOf(record.known('policy').policy, rule));
  const { projectDir } = request;
  const session = await ports.dbt({
    projectDir,
    profiles: renderProfiles(warehouseOf(grants), rule.dbt.target, projectDir),
    env: childEnvironment(request.environment, { allow: rule.dbt.env, stamps: stampsOf(record) }).env,
    ...(rule.dbt.maxMinutes === undefined ? {} : { timeoutSeconds: rule.dbt.maxMinutes * 60 }),
  });
  record.keep('engine', session.engine);
  return session;
}

/** What would dbt touch, and does the rule allow it? dbt resolves the selection itself, still without a credential. */
async function plan(
  rule: Rule,
  request: Request,
  session: DbtSession,
  record: EvidenceRecord,
): Promise<void> {
  const commands = parseCommands(request.inputs.command);
  checkCommands(commands, rule.dbt);
  const planned = record.keep('plan', await planCommands(commands, session));
  checkPlan(planned, readManifest(await session.manifest()), rule.dbt);
}

/** Credentials for exactly the grant, and dbt with them. */
async function run(session: DbtSession, record: EvidenceRecord, issued: Secret[]): Promise<void> {
  const credentials = exchange(warehouseOf(record.known('grants')));
  issued.push(...credentials.variables.values());
  record.keep('credentials', credentials.facts);
  await execute(record.known('plan'), session, credentials.variables, (runs) => record.keep('runs', runs));
}

/** What happened to which data, as far as dbt got. */
function collectLineage(record: EvidenceRecord, { inputs }: Request): void {
  const { runs, identity, decision, grants } = record.facts;
  if (runs === undefined || identity === undefined || decision === undefined || grants === undefined) return;
  const { context, trace, startedAt: finishedAt } = record;
  const known = { runs, identity, decision, grants, context, trace, finishedAt };
  record.keep('lineage', lineageGraph(runs));
  record.keep('events', openLineageEvents({ ...known, producer: TOOL.uri, projectDir: inputs.projectDir }));
}
