import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';
import type { SourceFreshness } from './artifacts.ts';
import { freshnessOf, freshnessText } from './freshness.ts';
import type { RunFact } from './invocation.ts';
import { executes, invocationNodes } from './outcome.ts';
import type { Plan, PlannedCommand } from './plan.ts';
import { wasRepeated } from './retry.ts';

/**
 * Refuses to call a run good when dbt did not, or when it did other work than it had planned.
 * @throws ERR_DBT_FAILED, ERR_DBT_KILLED or ERR_DBT_RUN_MISMATCH; names the command and the nodes
 */
export function checkRuns(runs: readonly RunFact[], plan: Plan): void {
  for (const [index, run] of runs.entries()) {
    const planned = plan.commands[index];
    if (run.invocation.exitCode !== 0 && !wasRepeated(runs, index)) throw failed(run, planned?.nodes ?? []);
    if (planned?.selection === 'resolved') checkAsPlanned(run, planned);
  }
}

function failed(run: RunFact, planned: readonly string[]): PassportError {
  const { command, exitCode, signal } = run.invocation;
  if (signal !== null) {
    return new PassportError(
      'ERR_DBT_KILLED',
      `dbt ${command.name} was ended by ${signal} (exit code ${exitCode})`,
      {
        hint: 'The run was cancelled, ran past `max_minutes`, or the machine ran out of memory.',
      },
    );
  }
  const stale = freshnessOf(run, planned).filter(
    ({ status }) => status === 'error' || status === 'not measured',
  );
  if (stale.length > 0) return notFresh(run, stale);
  const bad = (run.artifacts?.runResults?.results ?? []).filter((result) => result.status === 'failed');
  const names = bad.slice(0, 5).map((result) => plain(result.uniqueId));
  const more = bad.length > names.length ? ` and ${bad.length - names.length} more` : '';
  const ended = `dbt ${command.name} ended with exit code ${exitCode}`;
  if (names.length === 0)
    return new PassportError('ERR_DBT_FAILED', `${ended}${unnamed(run)}`, { hint: IN_THE_LOG });
  return new PassportError('ERR_DBT_FAILED', `${ended}, with ${names.join(', ')}${more} failing`, {
    hint: "Correct the model, test, seed or data: the log above, the job summary and report.html show dbt's message for each node that failed.",
  });
}

/** `stale`: the sources that are too old or were not measured. */
function notFresh(
  { invocation: { command, exitCode } }: RunFact,
  stale: readonly SourceFreshness[],
): PassportError {
  const named = stale.slice(0, 5).map((row) => `${plain(row.uniqueId)} is ${plain(freshnessText(row), 500)}`);
  const more = stale.length > named.length ? `; and ${stale.length - named.length} more` : '';
  return new PassportError(
    'ERR_DBT_FAILED',
    `dbt ${command.name} ended with exit code ${exitCode}: ${named.join('; ')}${more}`,
    {
      hint: 'Load what is too old, or change `warn_after` and `error_after` of the source; correct `loaded_at_field` or `loaded_at_query` of what could not be measured. The job summary and report.html list every planned source with its age and thresholds. Where no reason is given, dbt left none: see the log above.',
    },
  );
}

const IN_THE_LOG =
  "Read dbt's own message in the log above, or in dbt.log of the evidence. The job summary and report.html have no message of a node for this command.";

/** What can be said when no node is known to have failed. That no node ran is known only of commands that run none. */
function unnamed({ invocation, artifacts }: RunFact): string {
  if (!executes(invocation.command.name)) return '';
  const count = artifacts?.runResults?.results.length ?? 0;
  return count === 0
    ? ' and left no result of any node'
    : `; none of the ${count} nodes with a result failed`;
}

/** What was checked must be what ran: a node outside of the plan was never held against the rule. */
function checkAsPlanned(run: RunFact, planned: PlannedCommand): void {
  const { text, name } = run.invocation.command;
  if (run.artifacts === null) {
    throw mismatch(`"${text}" ended well but left no whole artifacts of its own, so what it did is unknown`);
  }
  const { unplanned } = invocationNodes(run, planned);
  if (unplanned.length === 0) return;
  const names = unplanned.slice(0, 5).map((id) => plain(id));
  const more = unplanned.length > names.length ? ` and ${unplanned.length - names.length} more` : '';
  throw mismatch(
    `"${text}" ${executes(name) ? 'ran' : 'worked on'} ${names.join(', ')}${more}, which dbt had not listed when the plan was checked`,
  );
}

function mismatch(message: string): PassportError {
  return new PassportError('ERR_DBT_RUN_MISMATCH', message, {
    hint: 'Something changed the project or the selection between plan and run: look for hooks and macros that write files, and for --state folders that change.',
  });
}
