/** Records of runs that had credentials: renewed for hours, ambient, and without dbt. */
import type { CredentialFact } from '../../src/credentials/issued.ts';
import type { EvidenceRecord } from '../../src/evidence/record.ts';
import type { SnowflakeGrant } from '../../src/policy/grant-types.ts';
import {
  ALLOWED,
  executedRecord,
  finished,
  identity,
  loadedPolicy,
  nodeResult,
  PLANNED,
  STARTED_AT,
  startedRecord,
} from './records.ts';

export const SNOWFLAKE_GRANT: SnowflakeGrant = {
  kind: 'snowflake',
  account: 'acme-prod',
  user: 'DBT_NIGHTLY',
  role: 'DBT_TRANSFORMER',
  warehouse: 'TRANSFORMING',
  database: 'ANALYTICS',
  schema: 'CORE',
  threads: 4,
  login: { route: 'relay', audience: 'snowflakecomputing.com' },
};

/** One of a series: issued `minutes` into the run, good for `life` minutes. */
export function credential(
  minutes: number,
  life: number,
  change: Partial<CredentialFact> = {},
): CredentialFact {
  const at = (offset: number) => new Date(STARTED_AT.getTime() + offset * 60_000).toISOString();
  return {
    provider: 'snowflake',
    principal: 'user DBT_NIGHTLY, role DBT_TRANSFORMER',
    scope: 'account acme-prod, warehouse TRANSFORMING',
    route: 'login relay',
    issuedAt: at(minutes),
    expiresAt: at(minutes + life),
    requestId: `01b2c3d4-0000-${String(minutes).padStart(4, '0')}`,
    ...change,
  };
}

/** Three hours on Snowflake: a login token every few minutes, and one session of AWS beside it. */
export function renewedRecord(): EvidenceRecord {
  const record = executedRecord(
    PLANNED.map((id) => nodeResult(id)),
    { finishedAt: '2026-11-20T09:02:00.000Z' },
  );
  record.keep('grants', new Map([['warehouse', SNOWFLAKE_GRANT]]));
  const aws = credential(0, 60, {
    provider: 'aws',
    principal: 'arn:aws:sts::111122223333:assumed-role/dbt/19182736455-1',
    scope: 's3://acme-raw/shop/*',
    route: 'container credentials',
  });
  const logins = Array.from({ length: 60 }, (_, index) => credential(index * 3, 5));
  record.keep('credentials', [aws, ...logins]);
  record.keep('credentialsEndedAt', '2026-11-20T09:02:01.000Z');
  record.keep('staticCredentials', [
    { variable: 'SNOWFLAKE_PASSWORD', where: 'environment', outcome: 'scrubbed' },
    { variable: 'jaffle_shop.outputs.prod.private_key_path', where: 'profiles.yml:9', outcome: 'scrubbed' },
  ]);
  record.finish(new Date('2026-11-20T09:02:05.000Z'));
  return record;
}

/** The gate without the federation: what an earlier step left is what dbt got. */
export function ambientRecord(): EvidenceRecord {
  const record = executedRecord(PLANNED.map((id) => nodeResult(id)));
  record.keep('grants', new Map([['warehouse', SNOWFLAKE_GRANT]]));
  record.keep('staticCredentials', [
    { variable: 'SNOWFLAKE_PASSWORD', where: 'environment', outcome: 'passed' },
    { variable: 'AWS_SECRET_ACCESS_KEY', where: 'environment', outcome: 'scrubbed' },
  ]);
  record.keep('credentials', [
    {
      provider: 'ambient',
      principal: 'unknown: not issued for this run',
      scope: 'unknown: whatever it opens',
      route: 'variables of the job: SNOWFLAKE_PASSWORD',
      issuedAt: '',
      expiresAt: '',
      requestId: '',
    },
  ]);
  record.keep('credentialsEndedAt', '2026-11-20T06:00:40.000Z');
  return finished(record);
}

/** Decided, exchanged and checked; dbt was not opened. */
export function authOnlyRecord(): EvidenceRecord {
  const record = startedRecord({ mode: 'auth-only' });
  record.keep('policy', loadedPolicy());
  record.keep('identity', identity());
  record.keep('decision', ALLOWED);
  record.keep('grants', new Map([['warehouse', SNOWFLAKE_GRANT]]));
  record.keep('staticCredentials', []);
  record.keep('credentials', [credential(0, 5)]);
  record.keep('credentialsEndedAt', '2026-11-20T06:00:40.000Z');
  return finished(record);
}
