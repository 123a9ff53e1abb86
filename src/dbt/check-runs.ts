import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';
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
    if (run.invocation.exitCode !== 0 && !wasRepeated(runs, index)) throw failed(run);
    const planned = plan.commands[index];
    if (planned?.selection === 'resolved') checkAsPlanned(run, planned);
  }
}

function failed(run: RunFact): PassportError {
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
