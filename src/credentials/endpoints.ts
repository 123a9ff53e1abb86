import { PassportError } from '../errors.ts';
import { readIssuer } from '../identity/issuer.ts';

/**
 * Services on this machine in the clouds' place: origins such as `http://127.0.0.1:4567`. For tests and the
 * demo; empty in every run whose policy names a real issuer. Without an entry the cloud's own address is used.
 */
export interface Endpoints {
  /** AWS STS. */
  readonly sts?: string;
  /** All other services of AWS, for dbt. */
  readonly aws?: string;
  readonly googleSts?: string;
  readonly iamCredentials?: string;
  /** `oauth2.googleapis.com`, for `tokeninfo`. */
  readonly googleOauth?: string;
  readonly bigquery?: string;
  readonly snowflake?: string;
  readonly databricks?: string;
}

/** The endpoints that count: none unless the issuer itself is on this machine, so that no real token goes to them. */
export function endpointsFor(endpoints: Endpoints, issuer: string): Endpoints {
  return readIssuer(issuer, true)?.platform === 'loopback' ? endpoints : {};
}

/**
 * Reads `DBT_PASSPORT_LOOPBACK_ENDPOINTS`: JSON with the keys of Endpoints.
 * @throws PassportError ERR_INPUT_INVALID for anything but origins on 127.0.0.1
 */
export function readEndpoints(text: string | undefined): Endpoints {
  const given: unknown = JSON.parse(text || '{}');
  const entries = Object.entries(given ?? {});
  if (entries.every(([, url]) => typeof url === 'string' && /^http:\/\/127\.0\.0\.1:[0-9]{1,5}$/.test(url)))
    return Object.fromEntries(entries);
  throw new PassportError(
    'ERR_INPUT_INVALID',
    'DBT_PASSPORT_LOOPBACK_ENDPOINTS: expected origins on 127.0.0.1',
  );
}
