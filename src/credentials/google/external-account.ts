import { Secret } from '../../secret.ts';
import type { BrokerAddress } from '../broker.ts';

/**
 * Application default credentials that come from the broker: an `external_account` whose token endpoint is the
 * broker, which answers with an access token of Google that was issued, checked and recorded here. So neither the
 * token of GitHub nor the bearer that asks for it is ever within reach of dbt, and a client library renews
 * by asking again. Sources: RFC 8693; https://google.aip.dev/auth/4117
 *
 * `subjectFile` holds the subject token, which a client must send; the broker knows its client by HTTP Basic.
 * The audience is no workload identity pool: from one, client libraries look up allowed regions at Google themselves.
 */
export function externalAccount(
  { url, authorization }: BrokerAddress,
  subjectFile: string,
  traceId: string,
): Secret {
  const [id = '', ...secret] = atob(authorization.reveal().replace(/^Basic /, '')).split(':');
  return new Secret(
    JSON.stringify({
      type: 'external_account',
      audience: `urn:dbt-passport:run:${traceId}`,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: url,
      client_id: id,
      client_secret: secret.join(':'),
      credential_source: { file: subjectFile },
    }),
  );
}

/** The answer of a token endpoint, RFC 8693 section 2.2.1. `expiresIn` in seconds. */
export function tokenAnswer(token: Secret, expiresIn: number): Secret {
  return new Secret(
    JSON.stringify({
      access_token: token.reveal(),
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: Math.max(0, Math.floor(expiresIn)),
    }),
  );
}

/** A refusal, RFC 6749 section 5.2: client libraries put the description into the error that dbt prints. */
export function refusalAnswer(description: string): string {
  return JSON.stringify({ error: 'access_denied', error_description: description });
}
