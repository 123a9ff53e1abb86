import * as v from 'valibot';
import type { BigQueryGrant } from '../grant-types.ts';
import { AUDIENCE, kindOf, listOf, THREADS, text } from '../scalars.ts';

const PROJECT = text(/^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'the id of a Google Cloud project');
const ACCOUNT = text(
  /^[a-z0-9-]{1,63}@[a-z0-9.:-]+\.gserviceaccount\.com$/,
  'the address of a service account',
);

/** `kind: bigquery` as it is written. */
export const bigQuerySchema = kindOf({
  kind: v.literal('bigquery', 'bigquery'),
  project: PROJECT,
  dataset: text(/^[A-Za-z0-9_]{1,1024}$/, 'the name of a dataset'),
  location: v.optional(text(/^[A-Za-z0-9-]{2,40}$/, 'a BigQuery location such as EU')),
  provider: text(
    /^projects\/[0-9]{1,20}\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{4,32}\/providers\/[a-z0-9-]{4,32}$/,
    'projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER',
  ),
  audience: v.optional(AUDIENCE),
  service_account: v.optional(ACCOUNT),
  delegates: v.optional(listOf(ACCOUNT)),
  scopes: v.optional(
    listOf(text(/^https:\/\/www\.googleapis\.com\/auth\/[a-z.-]+$/, 'an OAuth scope of Google')),
  ),
  lifetime_seconds: v.optional(
    text(
      /^([6-9][0-9]{2}|[1-9][0-9]{3}|[1-3][0-9]{4}|4[0-2][0-9]{3}|43[01][0-9]{2}|43200)$/,
      'seconds from 600 to 43200',
    ),
  ),
  maximum_bytes_billed: v.optional(text(/^[1-9][0-9]{0,14}$/, 'a number of bytes')),
  threads: v.optional(THREADS),
});

/** Fills in what was left out: Google's own audience, the BigQuery scope, an hour, 4 threads. */
export function bigQueryGrant(written: v.InferOutput<typeof bigQuerySchema>): BigQueryGrant {
  const { project, dataset, location, provider, service_account: serviceAccount } = written;
  return {
    kind: 'bigquery',
    project,
    dataset,
    ...(location && { location }),
    provider,
    audience: written.audience ?? `https://iam.googleapis.com/${provider}`,
    ...(serviceAccount && { serviceAccount }),
    delegates: written.delegates ?? [],
    scopes: written.scopes ?? ['https://www.googleapis.com/auth/bigquery'],
    lifetimeSeconds: Number(written.lifetime_seconds ?? '3600'),
    ...(written.maximum_bytes_billed && { maximumBytesBilled: Number(written.maximum_bytes_billed) }),
    threads: Number(written.threads ?? '4'),
  };
}
