import { IAMCredentialsClient } from '@google-cloud/iam-credentials';
import { OAuth2Client } from 'google-auth-library';
import type { ImpersonationRequest } from '../credentials/clouds.ts';
import type { Secret } from '../secret.ts';

/**
 * Google's own client, in a file of its own because it is large and loaded only when a service account is
 * impersonated. It makes the request; `send` sends it.
 */
export async function generateAccessToken(
  origin: string,
  { serviceAccount, delegates, scopes, lifetimeSeconds, reason }: ImpersonationRequest,
  federated: Secret,
  send: typeof fetch,
): Promise<void> {
  // With this variable the library writes each answer, and so the token, to the log.
  delete process.env['GOOGLE_SDK_NODE_LOGGING'];
  const authClient = new OAuth2Client({ transporterOptions: { fetchImplementation: send } });
  authClient.setCredentials({ access_token: federated.reveal() });
  const { protocol, hostname, port } = new URL(origin);
  const client = new IAMCredentialsClient({
    authClient,
    // REST instead of gRPC.
    fallback: true,
    universeDomain: 'googleapis.com',
    apiEndpoint: hostname,
    protocol: protocol.slice(0, -1),
    ...(port && { port: Number(port) }),
  });
  const account = (email: string) => `projects/-/serviceAccounts/${email}`;
  await client.generateAccessToken(
    {
      name: account(serviceAccount),
      delegates: delegates.map(account),
      scope: [...scopes],
      lifetime: { seconds: lifetimeSeconds },
    },
    { retry: null, otherArgs: { headers: { 'x-goog-request-reason': reason } } },
  );
}
