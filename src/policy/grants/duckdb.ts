import * as v from 'valibot';
import type { DuckDbGrant } from '../grant-types.ts';
import { closed, kindOf, SCHEMA, THREADS, text } from '../scalars.ts';
import { awsRole, awsRoleSchema } from './aws-role.ts';

/** `kind: duckdb` as it is written. */
export const duckDbSchema = kindOf({
  kind: v.literal('duckdb', 'duckdb'),
  path: text(
    /^(?!.*\.\.)[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/,
    'the database file, relative to the dbt project, without ..',
  ),
  schema: v.optional(SCHEMA),
  threads: v.optional(THREADS),
  s3: v.optional(
    closed({
      scope: text(
        /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[A-Za-z0-9_=./-]*)?$/,
        's3://bucket or s3://bucket/prefix',
      ),
      aws: awsRoleSchema,
    }),
  ),
});

/** Fills in what was left out: schema `main`, 4 threads. */
export function duckDbGrant(written: v.InferOutput<typeof duckDbSchema>): DuckDbGrant {
  return {
    kind: 'duckdb',
    path: written.path,
    schema: written.schema ?? 'main',
    threads: Number(written.threads ?? '4'),
    ...(written.s3 && { s3: { scope: written.s3.scope, aws: awsRole(written.s3.aws) } }),
  };
}
