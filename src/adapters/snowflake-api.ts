import { CloudFault } from '../credentials/cloud-fault.ts';
import type { Clouds } from '../credentials/clouds.ts';
import type { Endpoints } from '../credentials/endpoints.ts';

/** Snowflake's SQL API as a port. */
export function snowflakeApi(_endpoints: Endpoints): Pick<Clouds, 'snowflakeIdentity'> {
  const missing = async () => {
    throw new CloudFault({
      cloud: 'snowflake',
      call: 'login',
      status: 0,
      code: '',
      text: 'not there yet',
      transient: false,
    });
  };
  return { snowflakeIdentity: missing };
}
