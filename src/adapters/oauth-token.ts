import { CloudFault } from '../credentials/cloud-fault.ts';
import type { Clouds } from '../credentials/clouds.ts';
import type { Endpoints } from '../credentials/endpoints.ts';

/** Token endpoints of other identity providers as a port. */
export function oauthTokens(_endpoints: Endpoints): Pick<Clouds, 'oauthToken'> {
  const missing = async () => {
    throw new CloudFault({
      cloud: 'oauth',
      call: 'token exchange',
      status: 0,
      code: '',
      text: 'not there yet',
      transient: false,
    });
  };
  return { oauthToken: missing };
}
