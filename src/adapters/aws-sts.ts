import type {
  AssumeRoleCommandInput,
  AssumeRoleResponse,
  AssumeRoleWithWebIdentityCommandInput,
  AssumeRoleWithWebIdentityResponse,
  STSClient,
} from '@aws-sdk/client-sts';
import { CloudFault } from '../credentials/cloud-fault.ts';
import type {
  AssumeRoleRequest,
  AwsKeys,
  AwsSession,
  Clouds,
  WebIdentityRequest,
} from '../credentials/clouds.ts';
import type { Endpoints } from '../credentials/endpoints.ts';
import { Secret } from '../secret.ts';
import { awsFault } from './aws-fault.ts';
import { awsHttp } from './aws-http.ts';
import { cloudWords } from './cloud-words.ts';
import { rdsPassword } from './rds-password.ts';

const LIMITS = { timeoutMs: 10_000, maxBytes: 65_536 };

/** AWS STS as a port. The SDK makes one request per call and looks for credentials nowhere but in the arguments. */
export function awsSts(
  endpoints: Endpoints,
): Pick<Clouds, 'assumeRoleWithWebIdentity' | 'assumeRole' | 'rdsPassword'> {
  return {
    rdsPassword,
    assumeRoleWithWebIdentity: async (request, token) => {
      const { AssumeRoleWithWebIdentityCommand } = await sdk();
      const client = await stsClient(request.region, endpoints);
      const input: AssumeRoleWithWebIdentityCommandInput = {
        ...inputOf(request),
        WebIdentityToken: token.reveal(),
      };
      return client.send(new AssumeRoleWithWebIdentityCommand(input)).then(
        (output) => sessionOf('AssumeRoleWithWebIdentity', output),
        (error: unknown) => {
          throw awsFault('AssumeRoleWithWebIdentity', error, [token]);
        },
      );
    },
    assumeRole: async (request, keys) => {
      const { AssumeRoleCommand } = await sdk();
      const client = await stsClient(request.region, endpoints, keys);
      return client.send(new AssumeRoleCommand(chainInputOf(request))).then(
        (output) => sessionOf('AssumeRole', output),
        (error: unknown) => {
          throw awsFault('AssumeRole', error, [keys.secretAccessKey, keys.sessionToken]);
        },
      );
    },
  };
}

/** Loaded when the first role is assumed: a run without AWS does not pay for it. */
const sdk = () => import('@aws-sdk/client-sts');

async function stsClient(region: string, endpoints: Endpoints, keys?: AwsKeys): Promise<STSClient> {
  const { STSClient } = await sdk();
  return new STSClient({
    region,
    endpoint: endpoints.sts ?? regionalEndpoint(region),
    // Not for variables of the job or a file in its home to say: the address is the one above.
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    maxAttempts: 1,
    credentials: async () => signingKeys(keys),
    requestHandler: awsHttp({ ...LIMITS, allowLoopback: endpoints.sts !== undefined }),
  });
}

/** @throws where the SDK would sign a call that has to go unsigned, instead of looking for keys on the machine */
function signingKeys(keys: AwsKeys | undefined) {
  if (keys === undefined) throw new Error('this call is not signed');
  return {
    accessKeyId: keys.accessKeyId,
    secretAccessKey: keys.secretAccessKey.reveal(),
    sessionToken: keys.sessionToken.reveal(),
  };
}

/** Source: AWS General Reference, AWS STS endpoints; the global endpoint is not used. */
export function regionalEndpoint(region: string): string {
  return `https://sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

function inputOf(request: WebIdentityRequest) {
  return {
    RoleArn: request.roleArn,
    RoleSessionName: request.sessionName,
    DurationSeconds: request.durationSeconds,
    ...(request.policy !== undefined && { Policy: request.policy }),
    ...(request.policyArns.length > 0 && { PolicyArns: request.policyArns.map((arn) => ({ arn })) }),
  };
}

function chainInputOf(request: AssumeRoleRequest): AssumeRoleCommandInput {
  return {
    ...inputOf(request),
    SourceIdentity: request.sourceIdentity,
    Tags: Object.entries(request.tags).map(([Key, Value]) => ({ Key, Value })),
    ...(request.externalId !== undefined && { ExternalId: request.externalId }),
  };
}

/** @throws CloudFault for an answer that lacks a part of the session */
function sessionOf(
  call: 'AssumeRoleWithWebIdentity' | 'AssumeRole',
  output: (AssumeRoleWithWebIdentityResponse | AssumeRoleResponse) & {
    readonly $metadata: { readonly requestId?: string };
  },
): AwsSession {
  const { Credentials: keys, AssumedRoleUser: user, $metadata } = output;
  const ends = keys?.Expiration?.getTime() ?? Number.NaN;
  if (!keys?.AccessKeyId || !keys.SecretAccessKey || !keys.SessionToken || !(ends > 0) || !user?.Arn)
    throw new CloudFault({
      cloud: 'aws',
      call,
      status: 200,
      code: 'IncompleteAnswer',
      text: 'expected credentials, their expiration and the assumed role; not all of them came',
      transient: false,
    });
  return {
    keys: {
      accessKeyId: keys.AccessKeyId,
      secretAccessKey: new Secret(keys.SecretAccessKey),
      sessionToken: new Secret(keys.SessionToken),
    },
    expiresAt: new Date(ends),
    assumedRoleArn: user.Arn,
    subject: 'SubjectFromWebIdentityToken' in output ? (output.SubjectFromWebIdentityToken ?? '') : '',
    requestId: cloudWords($metadata.requestId, [], 80),
  };
}
