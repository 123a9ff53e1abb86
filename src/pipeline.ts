import { refuseCancelled } from './cancelled.ts';
import { admitCheckout, admitLocalPackages } from './checkout/admit.ts';
import { changedSince } from './checkout/observed.ts';
import { endpointsFor } from './credentials/endpoints.ts';
import { refuseStatic, staticCredentials } from './credentials/static-credentials.ts';
import { withCredentials } from './credentials/with-credentials.ts';
import type { Manifest } from './dbt/artifacts.ts';
import { checkRuns } from './dbt/check-runs.ts';
import { parseCommands } from './dbt/command.ts';
import { childEnvironment } from './dbt/environment.ts';
import { execute } from './dbt/execute.ts';
import { checkFullRefresh } from './dbt/full-refresh.ts';
import type { RunFact } from './dbt/invocation.ts';
import { checkCommands } from './dbt/limits.ts';
import { explainMissingVariable } from './dbt/missing-variable.ts';
import { type Plan, planCommands, planDeferred } from './dbt/plan.ts';
import { checkPlan } from './dbt/plan-limits.ts';
import { renderProfiles } from './dbt/profile.ts';
import { flagSettings } from './dbt/project-flags.ts';
import { readManifest } from './dbt/read-artifacts.ts';
import { requireAdapter } from './dbt/required-adapter.ts';
import { planRetry, withoutRetry } from './dbt/retry.ts';
import { stampsOf } from './dbt/stamps.ts';
import { asPassportError, type PassportError, type Place } from './errors.ts';
import { collectLineage } from './evidence/collect-lineage.ts';
import { type Conclusion, conclude } from './evidence/conclude.ts';
import { openRecord } from './evidence/open-record.ts';
import type { EvidenceRecord } from './evidence/record.ts';
import { findSecrets } from './evidence/secret-scan.ts';
import { heldSecrets } from './held-secrets.ts';
import { shownClaim } from './identity/claims.ts';
import { checkContext } from './identity/context.ts';
import { peopleOf } from './identity/people.ts';
import { verifyToken } from './identity/token.ts';
import { allowedRule } from './policy/allowed-rule.ts';
import { auditedRule } from './policy/audit.ts';
import { decide } from './policy/decide.ts';
import { grantsOf, warehouseOf } from './policy/grant.ts';
import type { Rule } from './policy/policy.ts';
import { openPolicy } from './policy/source/open-policy.ts';
import type { DbtSession, Ports } from './ports.ts';
import type { Request } from './request.ts';
import type { Secret } from './secret.ts';

/** A run under way: what is asked, the outside world, what is known so far, and the secrets that must not be in it. */
interface Run {
  readonly request: Request;
  readonly ports: Ports;
  readonly record: EvidenceRecord;
  readonly issued: Secret[];
}

/** One run, in order. Whatever happens, what is known by then becomes evidence. */
export async function passport(request: Request, ports: Ports): Promise<Conclusion> {
  const record = await openRecord(request, ports);
  const run: Run = { request, ports, record, issued: heldSecrets(request) };
  try {
    const rule = await admit(run);
    if (request.inputs.mode === 'auth-only') await withCredentials(run, rule, async () => {});
    else await planAndRun(run, rule).catch((error) => record.fail(explained(run, rule, error)));
  } catch (error) {
    record.fail(asPassportError(error));
  }
  if (ports.cancelled.aborted) record.cancel();
  record.finish(ports.clock());
  return await conclude(run);
}

/** Who is it, and may they? Ends with the rule that allows the run, or audit mode's, or throws. No credential exists yet. */
async function admit({ request, ports, record, issued }: Run): Promise<Rule> {
  const opened = openPolicy(request, ports.policy, (asked) => record.keep('askedPolicy', asked));
  const loaded = record.keep('policy', await opened);
  const token = await ports.idToken(loaded.policy.issuer)(loaded.policy.audience);
  issued.push(token);
  const identity = record.keep('identity', await verifyToken(token, loaded.policy, ports));
  checkContext(identity.claims, request.job.expected);
  const { triggeringActor } = request.job.context;
  const people = record.keep('people', await peopleOf(identity.claims, triggeringActor, ports.attempt));
  const party = { ...identity, people };
  const decision = record.keep('decision', decide(loaded, party, request.inputs, ports.clock()));
  const rule = auditedRule(loaded, decision) ?? allowedRule(loaded, decision);
  const grants = record.keep('grants', grantsOf(loaded.policy, rule));
  refuseStatic(record.keep('staticCredentials', staticCredentials(request, rule, warehouseOf(grants))));
  if (request.inputs.mode !== 'auth-only') checkCommands(parseCommands(request.inputs.command), rule.dbt);
  return rule;
}

/** dbt is opened once, so that what was checked is what runs. Credentials exist only while it does, for exactly the grant. */
async function planAndRun(run: Run, rule: Rule): Promise<void> {
  const { request, ports, record } = run;
  await checkTheCheckout(run, rule);
  const session = await openDbt(run, rule);
  try {
    await plan(run, rule, session);
    refuseCancelled(ports);
    if (request.inputs.mode === 'run')
      await withCredentials(run, rule, (variables) =>
        execute(record.known('plan'), session, variables, {
          keep: (runs) => record.keep('runs', runs),
          planNow: (index) => planNow(run, rule, session, index),
          planRetry: (index, failed) => planToRepeat(run, rule, index, failed),
          dropRetry: (index) => record.keep('plan', withoutRetry(record.known('plan'), index)),
        }),
      );
  } catch (error) {
    // Kept at once: closing may fail as well, and must not replace it.
    record.fail(explained(run, rule, error));
    throw error;
  } finally {
    await leaveOutputs(run, session);
    await session.close();
    await lookAgain(run);
    // Also of the lines before one that could not be planned, or whose credential could not be renewed.
    collectLineage(record);
  }
  checkRuns(record.facts.runs ?? [], record.known('plan'));
}

/** Is what is checked out the code that the rule lets dbt run? */
async function checkTheCheckout({ request, ports, record }: Run, rule: Rule): Promise<void> {
  const commit = commitOf(record);
  const { repository, serverUrl } = request.job.context;
  const asked = { project: request.project, commit, repository, serverUrl };
  const fact = { observed: await ports.checkout.compare(asked), clause: rule.checkout };
  admitCheckout(record.keep('checkout', fact), { commit, place: placeOfClause(record, rule) });
}

function placeOfClause(record: EvidenceRecord, rule: Rule): Place {
  return { file: record.known('policy').source, line: rule.lines.get('checkout') ?? rule.line };
}

/** Was it still that code when dbt had ended? */
async function lookAgain({ request, ports, record }: Run): Promise<void> {
  const { checkout, runs } = record.facts;
  if (checkout === undefined || runs === undefined) return;
  const after = await ports.checkout.contents({ project: request.project, commit: commitOf(record) });
  const changed = after && changedSince(checkout.observed.contents, after);
  // dbt reads the lock file in `deps` alone, which may write it; what it then was, and what it installed, is recorded.
  const locked = record.facts.installed !== undefined && 'package-lock.yml';
  record.keep('changedInRun', changed?.filter((path) => path !== locked) ?? null);
}

function commitOf(record: EvidenceRecord): string {
  return shownClaim(record.known('identity').claims, 'sha');
}

/** What dbt made for people stays for the later steps of the job: documentation, compiled SQL, its log. */
async function leaveOutputs({ record, ports, issued }: Run, session: DbtSession): Promise<void> {
  if (record.facts.runs === undefined || ports.cancelled.aborted) return;
  const outputs = await session.leave(async (files) =>
    (await findSecrets(files, issued)).map(({ file }) => file),
  );
  if (outputs !== null) record.keep('outputs', outputs);
}

/** A failure of dbt with what the environment of the job and the rule tell of its cause. */
function explained({ request, record }: Run, rule: Rule, thrown: unknown): PassportError {
  const { source } = record.known('policy');
  const whence = { job: request.environment, rule, source };
  return explainMissingVariable(asPassportError(thrown), record.facts.runs ?? [], whence);
}

/** Opens dbt with the rule's warehouse and target, and the part of the job's environment that it may see. */
async function openDbt({ request, ports, record, issued }: Run, rule: Rule): Promise<DbtSession> {
  refuseCancelled(ports);
  const stamps = stampsOf(record);
  const { env, secrets, fact } = childEnvironment(request.environment, { allow: rule.dbt.env, stamps });
  issued.push(...secrets);
  record.keep('environment', fact);
  return await ports.dbt({
    projectDir: request.project.path,
    profiles: renderProfiles(warehouseOf(record.known('grants')), rule.dbt.target, {
      projectDir: request.project.path,
      credentials: rule.credentials,
      stamps,
      endpoints: endpointsFor(request.endpoints, record.known('policy').policy.issuer),
    }),
    env,
    ...(rule.dbt.maxMinutes && { timeoutSeconds: rule.dbt.maxMinutes * 60 }),
  });
}

/** What would dbt touch, and does the rule allow it? dbt resolves the selection itself, still without a credential. */
async function plan({ request, record }: Run, rule: Rule, session: DbtSession): Promise<void> {
  record.keep('flags', flagSettings(session.flagFiles));
  requireAdapter(record.keep('engine', session.engine), warehouseOf(record.known('grants')));
  const planning = planCommands(parseCommands(request.inputs.command), session, (installed) => {
    const { packages } = record.keep('installed', installed);
    const local = packages.flatMap(({ kind, from = '' }) => (kind === 'local' ? [from] : []));
    admitLocalPackages(local, record.known('checkout'), placeOfClause(record, rule));
  });
  const planned = record.keep('plan', await planning);
  holdAgainst(rule, planned, readManifest(await session.manifest()));
}

/** A line that depends on what an earlier one left is planned right before it runs, and held against the rule like any other. */
async function planNow({ record }: Run, rule: Rule, session: DbtSession, index: number): Promise<void> {
  const plan = record.keep('plan', await planDeferred(record.known('plan'), index, session));
  const commands = plan.commands.slice(index, index + 1);
  holdAgainst(rule, { ...plan, commands }, readManifest(await session.manifest()));
}

/** Every node that the plan would touch, and what its config makes of it, against the limits of the rule. */
function holdAgainst(rule: Rule, planned: Plan, manifest: Manifest): void {
  checkPlan(planned, manifest, rule.dbt);
  checkFullRefresh(planned, manifest, rule.dbt);
}

/** A `retry` is planned from the results of the line that failed, and held against the rule like that line. */
function planToRepeat({ record }: Run, rule: Rule, index: number, failed: RunFact): boolean {
  const plan = planRetry(record.known('plan'), index, failed);
  if (plan === null || failed.artifacts === null) return false;
  record.keep('plan', plan);
  const commands = plan.commands.slice(index, index + 1);
  holdAgainst(rule, { ...plan, commands }, failed.artifacts.manifest);
  return true;
}
