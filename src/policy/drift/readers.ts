import type { Target } from '../trust/model.ts';
import { readAws } from './aws.ts';
import { readAzure } from './azure.ts';
import { readDatabricks } from './databricks.ts';
import type { Reader } from './deployed.ts';
import { readGoogle } from './google.ts';
import { readKeycloak } from './keycloak.ts';
import { readKong } from './kong.ts';
import { readSnowflake } from './snowflake.ts';
import { readVault } from './vault.ts';

export const READERS: Readonly<Record<Target, Reader>> = {
  aws: readAws,
  gcp: readGoogle,
  snowflake: readSnowflake,
  databricks: readDatabricks,
  azure: readAzure,
  vault: readVault,
  keycloak: readKeycloak,
  kong: readKong,
};
