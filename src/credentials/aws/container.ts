import type { AwsRole } from '../../policy/grant-types.ts';
import { Secret } from '../../secret.ts';
import type { BrokerAddress, BrokerReply, BrokerRoute } from '../broker.ts';
import type { AwsKeys } from '../clouds.ts';
import type { Desk, PrivateFiles } from '../desk.ts';
import type { Endpoints } from '../endpoints.ts';
import type { Issued, Variables } from '../issued.ts';
import type { Lease } from '../lease.ts';
import type { Lifetime } from '../lifetime.ts';
import { renewalRefusal } from '../renewal-refusal.ts';
import { awsLease } from './aws-lease.ts';

/** A way for dbt to be this role as long as it runs: the SDKs of AWS ask the broker, and ask again before the end. */
export async function awsContainer(
  role: AwsRole,
  desk: Desk,
): Promise<{ readonly variables: Variables; readonly lifetime: Lifetime }> {
  const lease = await awsLease(role, 'container credentials', desk);
  const address = await desk.broker.serve(containerRoute(lease, desk.explain));
  return {
    variables: await containerVariables(address, desk.files, role.region, desk.endpoints),
    lifetime: sessionLifetime(await lease.current()),
  };
}

function sessionLifetime({ fact, expiresAt }: Issued<AwsKeys>): Lifetime {
  const seconds = Math.round((expiresAt.getTime() - Date.parse(fact.issuedAt)) / 1000);
  return { credential: 'AWS session', seconds, renewal: 'renewed by the broker' };
}

/**
 * The container credentials protocol. Its clients show the body of a refusal in their own error, so the
 * reason reaches dbt's log. Source: AWS SDKs and Tools Reference Guide, container credential provider.
 */
export function containerRoute(lease: Lease<AwsKeys>, explain?: Desk['explain']): BrokerRoute {
  return async () => {
    try {
      const { value, expiresAt } = await lease.current();
      return { status: 200, body: containerCredentials(value, expiresAt) };
    } catch (error) {
      return refusal(error, explain);
    }
  };
}

/** @throws what is no known failure of a renewal */
function refusal(error: unknown, explain?: Desk['explain']): BrokerReply {
  const { status, message } = renewalRefusal(error, 'session', explain);
  return { status, body: JSON.stringify({ code: status === 503 ? 'Unavailable' : 'AccessDenied', message }) };
}

function containerCredentials(keys: AwsKeys, expiresAt: Date): Secret {
  return new Secret(
    JSON.stringify({
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.secretAccessKey.reveal(),
      Token: keys.sessionToken.reveal(),
      Expiration: expiresAt.toISOString().replace(/\.[0-9]{3}Z$/, 'Z'),
    }),
  );
}

/**
 * What makes every SDK of AWS ask the broker and nobody else: shared files and the machine's own metadata, which
 * some ask first, are switched off. The bearer is in a file, so it is in no environment.
 */
export async function containerVariables(
  address: BrokerAddress,
  files: PrivateFiles,
  region: string,
  endpoints: Pick<Endpoints, 'aws'>,
): Promise<Variables> {
  return new Map([
    ['AWS_CONTAINER_CREDENTIALS_FULL_URI', address.url],
    ['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', await files.write('aws-authorization', address.authorization)],
    ['AWS_REGION', region],
    ['AWS_DEFAULT_REGION', region],
    ['AWS_SHARED_CREDENTIALS_FILE', '/dev/null'],
    ['AWS_CONFIG_FILE', '/dev/null'],
    ['AWS_EC2_METADATA_DISABLED', 'true'],
    ...(endpoints.aws ? [['AWS_ENDPOINT_URL', endpoints.aws] as const] : []),
  ]);
}
