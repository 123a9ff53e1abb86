import { CloudFault } from '../credentials/cloud-fault.ts';
import type { Clouds } from '../credentials/clouds.ts';
import type { Endpoints } from '../credentials/endpoints.ts';

/** AWS STS as a port. */
export function awsSts(
  _endpoints: Endpoints,
): Pick<Clouds, 'assumeRoleWithWebIdentity' | 'assumeRole' | 'rdsPassword'> {
  const missing = async () => {
    throw new CloudFault({
      cloud: 'aws',
      call: 'AssumeRole',
      status: 0,
      code: '',
      text: 'not there yet',
      transient: false,
    });
  };
  return { assumeRoleWithWebIdentity: missing, assumeRole: missing, rdsPassword: missing };
}
