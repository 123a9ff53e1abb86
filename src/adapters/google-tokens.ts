import { CloudFault } from '../credentials/cloud-fault.ts';
import type { Clouds } from '../credentials/clouds.ts';
import type { Endpoints } from '../credentials/endpoints.ts';

/** Google STS, IAM Credentials and tokeninfo as a port. */
export function googleTokens(
  _endpoints: Endpoints,
): Pick<Clouds, 'googleExchange' | 'impersonate' | 'googleIdentity'> {
  const missing = async () => {
    throw new CloudFault({
      cloud: 'google',
      call: 'token exchange',
      status: 0,
      code: '',
      text: 'not there yet',
      transient: false,
    });
  };
  return { googleExchange: missing, impersonate: missing, googleIdentity: missing };
}
