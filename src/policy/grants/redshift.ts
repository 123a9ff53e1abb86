import * as v from 'valibot';
import type { RedshiftGrant } from '../grant-types.ts';
import { HOST, kindOf, PORT, SCHEMA, THREADS, text } from '../scalars.ts';
import { awsRole, awsRoleSchema } from './aws-role.ts';

/** `kind: redshift` as it is written. */
export const redshiftSchema = kindOf({
  kind: v.literal('redshift', 'redshift'),
  aws: awsRoleSchema,
  host: HOST,
  port: v.optional(PORT),
  database: SCHEMA,
  schema: SCHEMA,
  cluster_id: v.optional(text(/^[a-z][a-z0-9-]{0,62}$/, 'the identifier of a cluster')),
  threads: v.optional(THREADS),
});

/** Fills in what was left out: port 5439, 4 threads. */
export function redshiftGrant(written: v.InferOutput<typeof redshiftSchema>): RedshiftGrant {
  const { host, database, schema, cluster_id: clusterId } = written;
  return {
    kind: 'redshift',
    aws: awsRole(written.aws),
    ...{ host, database, schema },
    port: Number(written.port ?? '5439'),
    ...(clusterId && { clusterId }),
    threads: Number(written.threads ?? '4'),
  };
}
