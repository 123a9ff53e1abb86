import * as v from 'valibot';
import type { PostgresGrant } from '../grant-types.ts';
import { HOST, kindOf, PORT, SCHEMA, THREADS, text, word } from '../scalars.ts';
import { awsRole, awsRoleSchema } from './aws-role.ts';

/** `kind: postgres` as it is written. */
export const postgresSchema = kindOf({
  kind: v.literal('postgres', 'postgres'),
  aws: awsRoleSchema,
  host: HOST,
  port: v.optional(PORT),
  database: SCHEMA,
  schema: SCHEMA,
  user: SCHEMA,
  ssl_mode: v.optional(word(['require', 'verify-ca', 'verify-full', 'disable'])),
  ssl_root_cert: v.optional(text(/^(?!.*\.\.)[A-Za-z0-9_./-]{1,255}$/, 'the path of a file, without ".."')),
  threads: v.optional(THREADS),
});

/** Fills in what was left out: port 5432, TLS with the server's name checked, 4 threads. */
export function postgresGrant(written: v.InferOutput<typeof postgresSchema>): PostgresGrant {
  const { host, database, schema, user } = written;
  return {
    kind: 'postgres',
    aws: awsRole(written.aws),
    ...{ host, database, schema, user },
    port: Number(written.port ?? '5432'),
    sslMode: written.ssl_mode ?? 'verify-full',
    ...(written.ssl_root_cert && { sslRootCert: written.ssl_root_cert }),
    threads: Number(written.threads ?? '4'),
  };
}
