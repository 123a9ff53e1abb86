import * as v from 'valibot';
import type { DatabricksGrant } from '../grant-types.ts';
import { AUDIENCE, kindOf, SCHEMA, THREADS, text } from '../scalars.ts';

/** `kind: databricks` as it is written. */
export const databricksSchema = kindOf({
  kind: v.literal('databricks', 'databricks'),
  host: text(
    /^[a-z0-9][a-z0-9.-]*\.(cloud\.databricks\.com|azuredatabricks\.net|gcp\.databricks\.com)$/,
    'the host of a Databricks workspace',
  ),
  http_path: text(/^\/[A-Za-z0-9/._-]{1,200}$/, 'the HTTP path of a SQL warehouse'),
  catalog: SCHEMA,
  schema: SCHEMA,
  client_id: text(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'the application id of a service principal'),
  audience: AUDIENCE,
  threads: v.optional(THREADS),
});

/** Fills in what was left out: 4 threads. */
export function databricksGrant(written: v.InferOutput<typeof databricksSchema>): DatabricksGrant {
  const { host, catalog, schema, audience } = written;
  return {
    kind: 'databricks',
    ...{ host, catalog, schema, audience },
    httpPath: written.http_path,
    clientId: written.client_id,
    threads: Number(written.threads ?? '4'),
  };
}
