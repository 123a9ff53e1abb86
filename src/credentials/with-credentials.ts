import { refuseCancelled } from '../cancelled.ts';
import { parseCommands } from '../dbt/command.ts';
import type { Facts } from '../evidence/record.ts';
import { shownClaim } from '../identity/claims.ts';
import { warehouseOf } from '../policy/grant.ts';
import type { Rule } from '../policy/policy.ts';
import type { Ports } from '../ports.ts';
import type { Request } from '../request.ts';
import type { Secret } from '../secret.ts';
import { openAmbientRoute } from './ambient.ts';
import type { Desk, RunStamp } from './desk.ts';
import { endpointsFor } from './endpoints.ts';
import { explained, explainedLine, type RefusalContext } from './explain/explained.ts';
import { heldBroker } from './held-broker.ts';
import type { Variables } from './issued.ts';
import { withFact } from './issued-facts.ts';
import { type Lifetime, lifetimePlan, lifetimeWarnings } from './lifetime.ts';
import { openRoute } from './open-route.ts';
import { renewalEnd } from './renewal-end.ts';
import { untilAborted } from './until-aborted.ts';

/** The part of a run that credentials need. */
export interface CredentialRun {
  readonly request: Request;
  readonly ports: Ports;
  readonly record: {
    readonly trace: { readonly traceId: string };
    known<K extends keyof Facts>(name: K): Facts[K];
    keep<K extends keyof Facts>(name: K, fact: Facts[K]): Facts[K];
  };
  /** Every secret of the run, so that evidence can be searched for them. */
  readonly issued: Secret[];
}

/**
 * Credentials for exactly the rule's grant while `use` runs: exchanged before it, renewed during it, gone after it.
 * @throws PassportError ERR_CREDENTIAL_REFUSED with an explanation, ERR_CREDENTIAL_UNAVAILABLE, ERR_CREDENTIAL_MISMATCH;
 *   ERR_DBT_KILLED when the run is cancelled during the exchange, which is then not waited for
 */
export async function withCredentials<T>(
  run: CredentialRun,
  rule: Rule,
  use: (variables: Variables) => Promise<T>,
): Promise<T> {
  const grant = warehouseOf(run.record.known('grants'));
  const vault = await run.ports.vault();
  const end = new AbortController();
  try {
    const desk = deskOf(run, rule, vault, end.signal);
    const open = rule.credentials === 'ambient' ? openAmbientRoute(run.request) : openRoute;
    const route = await untilAborted(() => open(grant, desk), run.ports.cancelled).catch((error: unknown) => {
      refuseCancelled(run.ports);
      throw explained(error, contextOf(run, rule));
    });
    try {
      announce(run, rule, route.lifetimes);
      return await use(route.variables);
    } finally {
      // First, so that no route waits for a renewal that nobody needs any more.
      end.abort(new Error('the run is over'));
      await route.close?.().catch((error: unknown) => run.ports.warn(`could not end: ${String(error)}`));
    }
  } finally {
    end.abort(new Error('the run is over'));
    await vault.close();
    run.record.keep('credentialsEndedAt', run.ports.clock().toISOString());
  }
}

/** What lives how long, and what may not live long enough, before dbt starts. */
function announce({ request, ports }: CredentialRun, rule: Rule, lifetimes: readonly Lifetime[]): void {
  const now = ports.timing.now();
  const budget = {
    now,
    maxMinutes: rule.dbt.maxMinutes,
    commands: commandsOf(request),
    renewableUntil: renewalEnd(request.environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN'], now),
  };
  for (const line of lifetimePlan(lifetimes, budget)) ports.say(line);
  for (const line of lifetimeWarnings(lifetimes, budget)) ports.warn(line);
}

/** The limit of the rule is for each; they were checked before the plan. */
function commandsOf({ inputs }: Request): number {
  return inputs.mode === 'run' ? parseCommands(inputs.command).length : 1;
}

function deskOf(
  { request, ports, record, issued }: CredentialRun,
  rule: Rule,
  vault: Pick<Desk, 'broker' | 'snowflakeRelay' | 'files'>,
  ended: AbortSignal,
): Desk {
  const { policy } = record.known('policy');
  const endpoints = endpointsFor(request.endpoints, policy.issuer);
  record.keep('credentials', []);
  const hold = (secrets: readonly Secret[]) => {
    for (const secret of secrets) ports.mask(secret);
    issued.push(...secrets);
  };
  return {
    ...vault,
    broker: heldBroker(vault.broker, hold),
    idToken: async (audience) => {
      const token = await untilAborted(() => ports.idToken(policy.issuer)(audience), ended);
      issued.push(token);
      return token;
    },
    clouds: ports.clouds(endpoints),
    endpoints,
    run: runStamp(record),
    ...(rule.dbt.maxMinutes && { budgetSeconds: rule.dbt.maxMinutes * 60 * commandsOf(request) }),
    issued: (fact, secrets) => {
      hold(secrets);
      record.keep('credentials', withFact(record.known('credentials'), fact));
    },
    warn: ports.warn,
    explain: (error) => explainedLine(error, contextOf({ record }, rule)),
    timing: ports.timing,
    ended,
  };
}

function contextOf({ record }: Pick<CredentialRun, 'record'>, rule: Rule): RefusalContext {
  const grant = warehouseOf(record.known('grants'));
  return { grant, rule, ...record.known('policy'), ...record.known('identity') };
}

function runStamp(record: CredentialRun['record']): RunStamp {
  const { claims } = record.known('identity');
  return {
    repository: shownClaim(claims, 'repository'),
    repositoryId: shownClaim(claims, 'repository_id'),
    environment: shownClaim(claims, 'environment'),
    runId: shownClaim(claims, 'run_id'),
    runAttempt: shownClaim(claims, 'run_attempt'),
    actor: shownClaim(claims, 'actor'),
    actorId: shownClaim(claims, 'actor_id'),
    sha: shownClaim(claims, 'sha'),
    traceId: record.trace.traceId,
  };
}
