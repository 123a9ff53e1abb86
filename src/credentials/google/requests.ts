import type { BigQueryGrant } from '../../policy/grant-types.ts';
import type { GoogleExchangeRequest, ImpersonationRequest } from '../clouds.ts';
import type { RunStamp } from '../desk.ts';
import { requestReason } from './request-reason.ts';

/** IAM Credentials takes a token of this scope. Source: its REST reference, "Authorization scopes". */
const IMPERSONATION_SCOPE = 'https://www.googleapis.com/auth/iam';

/** What is asked of Google STS: the scopes of the grant, or, with a service account, no more than impersonation needs. */
export function exchangeRequest({ provider, serviceAccount, scopes }: BigQueryGrant): GoogleExchangeRequest {
  return {
    audience: `//iam.googleapis.com/${provider}`,
    scopes: serviceAccount === undefined ? scopes : [IMPERSONATION_SCOPE],
  };
}

/** What is asked of IAM Credentials; undefined when the federated principal itself has the grants. */
export function impersonationRequest(grant: BigQueryGrant, run: RunStamp): ImpersonationRequest | undefined {
  if (grant.serviceAccount === undefined) return undefined;
  return {
    serviceAccount: grant.serviceAccount,
    delegates: grant.delegates,
    scopes: grant.scopes,
    lifetimeSeconds: grant.lifetimeSeconds,
    reason: requestReason(run),
  };
}
