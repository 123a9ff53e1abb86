import { afterAll, beforeAll, it } from 'vitest';
import { LONG } from '../support/long-runs.ts';
import { describeWith } from '../support/tools.ts';
import type { OracleCase } from './case.ts';
import { hold } from './hold.ts';
import { duckDb, type Place, postgres } from './place.ts';
import { type Bench, openBench } from './run-case.ts';

export function duckDbOracle(title: string, cases: readonly OracleCase[]): void {
  describeWith(['dbt', 'fakesnow'], `the oracle on DuckDB: ${title}`, () => held(cases, duckDb));
}

export function postgresOracle(cases: readonly OracleCase[]): void {
  describeWith(['warehouseDbt', 'postgres', 'fakesnow', 'dbt'], 'the oracle on PostgreSQL', () =>
    held(cases, postgres),
  );
}

/** The cases of one file, with peers and a database that they share. */
function held(cases: readonly OracleCase[], openPlace: () => Place | Promise<Place>): void {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench(await openPlace());
  });
  afterAll(() => bench.close());
  for (const wanted of cases) {
    it.runIf(LONG || wanted.always)(wanted.name, () => hold(wanted, bench));
  }
}
