import type { Grant } from '../policy/grant-types.ts';

/** Variables that must be there, by alternatives: the first whole set that is there is taken. */
export interface AmbientNeed {
  readonly alternatives: readonly (readonly string[])[];
  /** Taken with it when they are there. */
  readonly optional: readonly string[];
}

const AWS: AmbientNeed = {
  alternatives: [['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']],
  optional: ['AWS_SESSION_TOKEN'],
};

/** What an ambient run takes from the job's environment for this warehouse; nothing else passes. */
export function ambientNeed(grant: Grant): AmbientNeed {
  switch (grant.kind) {
    case 'athena':
      return AWS;
    case 'bigquery':
      return { alternatives: [['GOOGLE_APPLICATION_CREDENTIALS']], optional: [] };
    case 'databricks':
      return { alternatives: [['DATABRICKS_TOKEN']], optional: [] };
    case 'duckdb':
      return grant.s3 === undefined ? { alternatives: [[]], optional: [] } : AWS;
    case 'postgres':
      return { alternatives: [['PGPASSWORD']], optional: [] };
    case 'redshift':
      return { alternatives: [['REDSHIFT_USER', 'REDSHIFT_PASSWORD']], optional: [] };
    case 'snowflake':
      return {
        alternatives: [['SNOWFLAKE_PASSWORD'], ['SNOWFLAKE_PRIVATE_KEY']],
        optional: ['SNOWFLAKE_PRIVATE_KEY_PASSPHRASE'],
      };
  }
}

/** All names that such a run may take. */
export function ambientVariables(grant: Grant): readonly string[] {
  const { alternatives, optional } = ambientNeed(grant);
  return [...alternatives.flat(), ...optional];
}
