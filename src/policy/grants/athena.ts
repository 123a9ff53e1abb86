import * as v from 'valibot';
import type { AthenaGrant } from '../grant-types.ts';
import { kindOf, SCHEMA, THREADS, text } from '../scalars.ts';
import { awsRole, awsRoleSchema } from './aws-role.ts';

const S3_DIR = text(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/[A-Za-z0-9_=./-]*$/, 's3://bucket/prefix/');

/** `kind: athena` as it is written. */
export const athenaSchema = kindOf({
  kind: v.literal('athena', 'athena'),
  aws: awsRoleSchema,
  s3_staging_dir: S3_DIR,
  s3_data_dir: v.optional(S3_DIR),
  work_group: v.optional(text(/^[A-Za-z0-9._-]{1,128}$/, 'a work group')),
  database: v.optional(text(/^[A-Za-z0-9_-]{1,128}$/, 'a data catalog')),
  schema: SCHEMA,
  threads: v.optional(THREADS),
});

/** Fills in what was left out: `database: awsdatacatalog`, 4 threads. */
export function athenaGrant(written: v.InferOutput<typeof athenaSchema>): AthenaGrant {
  return {
    kind: 'athena',
    aws: awsRole(written.aws),
    s3StagingDir: written.s3_staging_dir,
    ...(written.s3_data_dir && { s3DataDir: written.s3_data_dir }),
    ...(written.work_group && { workGroup: written.work_group }),
    database: written.database ?? 'awsdatacatalog',
    schema: written.schema,
    threads: Number(written.threads ?? '4'),
  };
}
