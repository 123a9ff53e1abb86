import * as v from 'valibot';
import type { DuckDbGrant } from '../policy.ts';
import { closed, text } from '../scalars.ts';

/** `kind: duckdb` as it is written. */
export const duckDbSchema = closed({
  kind: v.literal('duckdb', 'duckdb'),
  path: text(
    /^(?!.*\.\.)[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/,
    'the database file, relative to the dbt project, without ..',
  ),
  schema: v.optional(text(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'a schema name')),
  threads: v.optional(text(/^[1-9][0-9]?$/, 'a number from 1 to 99')),
});

/** Fills in what was left out: schema `main`, 4 threads. */
export function duckDbGrant(written: v.InferOutput<typeof duckDbSchema>): DuckDbGrant {
  return {
    kind: 'duckdb',
    path: written.path,
    schema: written.schema ?? 'main',
    threads: Number(written.threads ?? '4'),
  };
}
