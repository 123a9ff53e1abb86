import { PassportError } from '../errors.ts';
import { CloudFault } from './cloud-fault.ts';
import type { Desk } from './desk.ts';

/** The reason of a credential that ended by this machine's clock before a new one came. */
export const EXPIRED = 'CREDENTIAL_EXPIRED';

/** Whether another try later may succeed. Whatever is not known to pass is a refusal. */
export function isPassing(error: unknown): boolean {
  if (error instanceof CloudFault) return error.transient;
  return error instanceof PassportError && (error.reason === 'OIDC_HTTP' || error.reason === EXPIRED);
}

/**
 * Why there is no new credential, for the client that asked the broker: its library shows the words in dbt's log, and
 * may ask again after a 503.
 * @throws what is no known failure of a renewal
 */
export function renewalRefusal(
  error: unknown,
  credential: string,
  explain?: Desk['explain'],
): { readonly status: 403 | 503; readonly message: string } {
  if (!(error instanceof CloudFault || error instanceof PassportError)) throw error;
  return {
    status: isPassing(error) ? 503 : 403,
    message: `dbt-passport could not renew the ${credential} while dbt ran. ${explain?.(error) ?? error.message}`,
  };
}
