import type { Endpoints } from '../endpoints.ts';
import type { Variables } from '../issued.ts';

/** Drivers refuse workload identity to hosts outside Snowflake's domains unless this names them. */
const ALLOWED_HOSTS = 'SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES';

/** Lets the driver log in at a relay on this machine. */
export function loopbackVariables(): Variables {
  return new Map([[ALLOWED_HOSTS, '127.0.0.1']]);
}

/** Keeps the driver to Snowflake's own hosts: what is set here cannot be set by a `.env` of the project. */
export function directVariables(endpoints: Endpoints): Variables {
  return endpoints.snowflake ? loopbackVariables() : new Map([[ALLOWED_HOSTS, '']]);
}
