/**
 * One exchange for each cloud through the product's adapters, and the same by bare HTTP calls, both against the same
 * service on this machine. What cannot be measured here is named with the reason.
 */
import { clouds } from '../../src/adapters/clouds.ts';
import { Secret } from '../../src/secret.ts';
import { ROLE_ARN, SUBJECT, startAwsAccount } from '../support/aws-account.ts';
import { startGoogle } from '../support/google.ts';
import { ACCOUNT, googleTrust, PROVIDER, SCOPE } from '../support/google-trust.ts';
import type { Issuer } from '../support/issuer.ts';
import { ACCOUNT as SNOWFLAKE, startSnowflake } from '../support/snowflake.ts';

/** Both take a fresh ID token for `audience`. */
export interface Exchange {
  readonly title: string;
  readonly audience: string;
  readonly ours: (token: string) => Promise<unknown>;
  readonly bare: (token: string) => Promise<unknown>;
  close(): Promise<void>;
}

const SESSION = 'gh-456789-1746933707-1';
const IAM = 'https://www.googleapis.com/auth/iam';

export async function aws(issuer: Issuer): Promise<Exchange> {
  const sts = await startAwsAccount(issuer);
  const role = { region: 'eu-central-1', roleArn: ROLE_ARN, sessionName: SESSION, durationSeconds: 3600 };
  const { assumeRoleWithWebIdentity } = clouds({ sts: sts.url });
  return {
    title: 'AWS: AssumeRoleWithWebIdentity',
    audience: 'sts.amazonaws.com',
    ours: (token) => assumeRoleWithWebIdentity({ ...role, policyArns: [] }, new Secret(token)),
    bare: (WebIdentityToken) => {
      const call = { Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: ROLE_ARN };
      const body = new URLSearchParams({
        ...{ ...call, RoleSessionName: SESSION, DurationSeconds: '3600' },
        WebIdentityToken,
      });
      return answered(sts.url, { method: 'POST', body });
    },
    close: sts.close,
  };
}

export async function google(issuer: Issuer): Promise<Exchange> {
  const front = await startGoogle(googleTrust(issuer));
  const cloud = clouds({ googleSts: front.url, iamCredentials: front.url });
  const account = { serviceAccount: ACCOUNT, delegates: [], scopes: [SCOPE], lifetimeSeconds: 3600 };
  const audience = `//iam.googleapis.com/${PROVIDER}`;
  return {
    title: 'Google: token exchange and generateAccessToken',
    audience: `https:${audience}`,
    ours: async (token) => {
      const federated = await cloud.googleExchange({ audience, scopes: [IAM] }, new Secret(token));
      await cloud.impersonate({ ...account, reason: 'bench' }, federated.token);
    },
    bare: async (subjectToken) => {
      const exchange = {
        ...{ audience, scope: IAM, subjectToken },
        grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
        requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
        subjectTokenType: 'urn:ietf:params:oauth:token-type:jwt',
      };
      const { access_token: bearer } = JSON.parse(
        await answered(`${front.url}/v1/token`, json(exchange)),
      ) as { access_token: string };
      const path = `/v1/projects/-/serviceAccounts/${ACCOUNT}:generateAccessToken`;
      const request = { scope: [SCOPE], lifetime: '3600s', delegates: [] };
      await answered(`${front.url}${path}`, json(request, { authorization: `Bearer ${bearer}` }));
    },
    close: front.close,
  };
}

export async function snowflake(issuer: Issuer): Promise<Exchange> {
  const audience = 'snowflakecomputing.com';
  const identity = { type: 'OIDC', issuer: issuer.issuer, subject: SUBJECT, audiences: [audience] } as const;
  const trust = { users: [{ name: 'DBT', roles: ['TRANSFORMER'], identity }] };
  const front = await startSnowflake({ trust });
  const { snowflakeIdentity } = clouds({ snowflake: front.url });
  const asked = { role: 'TRANSFORMER', warehouse: 'WH' };
  return {
    title: 'Snowflake: the login check over the SQL API',
    audience,
    ours: (token) =>
      snowflakeIdentity(
        { ...asked, account: SNOWFLAKE.name, tokenType: 'WORKLOAD_IDENTITY' },
        new Secret(token),
      ),
    bare: (token) => {
      const statement = 'SELECT CURRENT_ACCOUNT(), CURRENT_USER(), CURRENT_ROLE()';
      const headers = {
        authorization: `Bearer WIF.OIDC.${token}`,
        'x-snowflake-authorization-token-type': 'WORKLOAD_IDENTITY_FEDERATION',
      };
      return answered(`${front.url}/api/v2/statements`, json({ ...asked, statement }, headers));
    },
    close: front.close,
  };
}

function json(body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

async function answered(url: string, request: RequestInit): Promise<string> {
  const response = await fetch(url, request);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return text;
}
