import type { GoogleProvider, GoogleTrust } from './google-state.ts';
import type { Issuer } from './issuer.ts';

const POOL = 'projects/123456789/locations/global/workloadIdentityPools/github';
export const PROVIDER = `${POOL}/providers/github`;
export const ACCOUNT = 'dbt-prod@acme-analytics.iam.gserviceaccount.com';
export const SCOPE = 'https://www.googleapis.com/auth/bigquery';
/** The repository of the local issuer's tokens. */
export const REPOSITORY_SET = `principalSet://iam.googleapis.com/${POOL}/attribute.repository_id/456789`;

/** A provider as `policy render` writes it, for production of one repository, and an account that may be impersonated. */
export function googleTrust(
  issuer: Pick<Issuer, 'issuer'>,
  provider: Partial<GoogleProvider> = {},
): GoogleTrust {
  const github: GoogleProvider = {
    name: PROVIDER,
    issuer: issuer.issuer,
    mapping: {
      'google.subject': (claims) => `${claims['repository_id']}:${claims['run_id']}:${claims['run_attempt']}`,
      'attribute.repository_id': (claims) => String(claims['repository_id']),
    },
    condition: (claims) =>
      claims['repository_owner_id'] === '123456' && claims['environment'] === 'production',
    ...provider,
  };
  return { providers: [github], bindings: [{ serviceAccount: ACCOUNT, members: [REPOSITORY_SET] }] };
}
