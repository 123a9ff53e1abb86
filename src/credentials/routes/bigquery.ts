import type { BigQueryGrant } from '../../policy/grant-types.ts';
import type { Secret } from '../../secret.ts';
import type { BrokerReply, BrokerRoute } from '../broker.ts';
import type { Desk, OpenRoute } from '../desk.ts';
import { externalAccount, refusalAnswer, tokenAnswer } from '../google/external-account.ts';
import { googleLease } from '../google/google-lease.ts';
import type { Lease } from '../lease.ts';
import { renewalRefusal } from '../renewal-refusal.ts';

/** What the evidence calls the way by which the libraries of Google come by a token. */
const ADC = 'application default credentials';

/**
 * Application default credentials whose token endpoint is the broker: dbt asks it for every new token, and each one was
 * issued, checked and recorded here. With a service account and with delegates, or without, it is the same way.
 */
export async function openBigQuery(grant: BigQueryGrant, desk: Desk): Promise<OpenRoute> {
  const lease = await googleLease(grant, ADC, desk);
  const address = await desk.broker.serve(tokenRoute(lease, desk), 'oauth');
  const { traceId } = desk.run;
  const subject = await desk.files.write('google-subject', traceId);
  const path = await desk.files.write('google-credentials.json', externalAccount(address, subject, traceId));
  const { fact, expiresAt } = await lease.current();
  const seconds = Math.round((expiresAt.getTime() - Date.parse(fact.issuedAt)) / 1000);
  return {
    variables: new Map([
      ['GOOGLE_APPLICATION_CREDENTIALS', path],
      // Without it, libraries of Google ask an API which project it is.
      ['GOOGLE_CLOUD_PROJECT', grant.project],
      // No metadata server of the machine, and no account that gcloud is logged in with.
      ['NO_GCE_CHECK', 'true'],
      ['CLOUDSDK_CONFIG', '/dev/null'],
      ['CLOUDSDK_CORE_DISABLE_PROMPTS', '1'],
    ]),
    lifetimes: [{ credential: 'Google access token', seconds, renewal: 'renewed by the broker' }],
  };
}

function tokenRoute(lease: Lease<Secret>, desk: Pick<Desk, 'timing' | 'explain'>): BrokerRoute {
  return async () => {
    try {
      const { value, expiresAt } = await lease.current();
      const seconds = (expiresAt.getTime() - desk.timing.now().getTime()) / 1000;
      return { status: 200, body: tokenAnswer(value, seconds) };
    } catch (error) {
      return refusal(error, desk.explain);
    }
  };
}

/** @throws what is no known failure of a renewal */
function refusal(error: unknown, explain: Desk['explain']): BrokerReply {
  const { status, message } = renewalRefusal(error, 'token', explain);
  return { status, body: refusalAnswer(message) };
}
