import { expect } from 'vitest';
import type { OracleCase } from './case.ts';
import { nodeRuns } from './claims.ts';
import type { Evidence } from './evidence.ts';
import { executes, LAWS, observedChanges } from './laws.ts';
import type { Bench } from './run-case.ts';

/** Runs a case, and holds its record to every law. */
export async function hold(wanted: OracleCase, bench: Bench): Promise<void> {
  const observed = await bench.observe(wanted);
  const { run, evidence } = observed;
  const context = lastLines(`${run.stdout}\n${run.stderr}`);
  expect(run.exitCode, context).toBe(wanted.exit ?? 0);
  // The case is what its name says.
  expect(observedChanges(observed), `what changed\n${context}`).toEqual(wanted.changes);
  expect(outcomes(observed.evidence), context).toEqual(
    Object.fromEntries(Object.entries(wanted.nodes).map(([id, words]) => [id, words.split(': ')[1]])),
  );
  const { home } = bench.place;
  const trial = { ...observed, wanted, home, nodes: await nodeRuns(evidence, home, bench.parser) };
  const broken = Object.entries(LAWS).flatMap(([law, of]) => of(trial).map((words) => `${law}: ${words}`));
  expect(broken).toEqual([]);
}

/** The status of each node in dbt's own results, of the last command that has it; hooks aside, which have no names. */
function outcomes({ commands }: Evidence): Readonly<Record<string, string>> {
  const results = commands.flatMap((command) => (executes(command.folder) ? command.results : []));
  const named = results.filter(({ unique_id: id }) => !id.startsWith('operation.'));
  return Object.fromEntries(
    named.map(({ unique_id: id, status }) => [id.replace(/\.[0-9a-f]{10}$/, ''), status]),
  );
}

/** The end of the log, for the message of a failure. */
function lastLines(log: string): string {
  const lines = log.replaceAll(/^::(?:add-mask|debug|group|endgroup)::.*\n/gm, '').split('\n');
  return lines
    .filter((line) => /\d\d:\d\d:\d\d|^::| Error|^dbt /.test(line))
    .slice(-40)
    .join('\n');
}
