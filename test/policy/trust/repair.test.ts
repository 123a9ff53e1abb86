import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awsSts } from '../../../src/adapters/aws-sts.ts';
import { googleTokens } from '../../../src/adapters/google-tokens.ts';
import { snowflakeApi } from '../../../src/adapters/snowflake-api.ts';
import { explained } from '../../../src/credentials/explain/explained.ts';
import { PassportError } from '../../../src/errors.ts';
import type { Grant } from '../../../src/policy/grant-types.ts';
import type { LoadedPolicy, Rule } from '../../../src/policy/policy.ts';
import { Secret } from '../../../src/secret.ts';
import { ROLE_ARN, startAwsAccount } from '../../support/aws-account.ts';
import type { ClaimOverrides } from '../../support/claims.ts';
import { startGoogle } from '../../support/google.ts';
import type { GoogleClaims, GoogleTrust } from '../../support/google-state.ts';
import { type Issuer, startIssuer } from '../../support/issuer.ts';
import { startSnowflake } from '../../support/snowflake.ts';
import type { SnowflakeUser } from '../../support/snowflake-trust.ts';
import { describeWith } from '../../support/tools.ts';
import { FULL, identity, load } from '../fixture.ts';
import { cel } from './cel.ts';
import { GRANTS, type GrantName } from './scope.ts';

/** Tokens that the rule does not allow: a cloud must refuse them with the trust of the statement too. */
const OTHERS: readonly ClaimOverrides[] = [
  { environment: 'dev' },
  { repository: 'octo-org/other', repository_id: '1' },
  { repository: 'evil-org/jaffle-shop', repository_owner: 'evil-org', repository_owner_id: '9' },
];

let issuer: Issuer;
beforeEach(async () => {
  issuer = await startIssuer();
});
afterEach(async () => {
  await issuer.close();
});

async function scope(name: GrantName) {
  const text = FULL.replace('{ kind: duckdb, path: jaffle.duckdb }', GRANTS[name]).replace(
    'issuer: https://token.actions.githubusercontent.com',
    `issuer: ${issuer.issuer}`,
  );
  const loaded = await load(text, { allowLoopbackIssuer: true });
  const [rule] = loaded.policy.rules;
  const grant = loaded.policy.grants.get('warehouse');
  if (rule === undefined || grant === undefined) throw new Error('the policy has no rule or no grant');
  return { loaded, rule, grant };
}

/** What the person reads when the call is refused. */
async function refusalOf(
  call: Promise<unknown>,
  { loaded, rule, grant }: { loaded: LoadedPolicy; rule: Rule; grant: Grant },
) {
  const fault = await call.then(
    () => {
      throw new Error('the cloud took the token');
    },
    (error: unknown) => error,
  );
  const error = explained(fault, { ...loaded, rule, grant, claims: identity().claims });
  if (!(error instanceof PassportError)) throw error;
  return error;
}

describe('the statement of a refusal, put where it belongs,', () => {
  it('lets the token in on Google Cloud, and no other', async () => {
    const run = await scope('bigquery');
    const { grant } = run;
    if (grant.kind !== 'bigquery' || grant.serviceAccount === undefined) throw new Error('another grant');
    const { provider, audience, serviceAccount } = grant;
    const google = await startGoogle(oldGoogleTrust(provider, issuer.issuer));
    try {
      const clouds = googleTokens({ googleSts: google.url, iamCredentials: google.url });
      const scopes = ['https://www.googleapis.com/auth/cloud-platform'];
      const exchange = async (claims: ClaimOverrides = {}) =>
        clouds.googleExchange(
          { audience: `//iam.googleapis.com/${provider}`, scopes },
          new Secret(await issuer.mint({ audience, claims })),
        );
      const refusal = await refusalOf(exchange(), run);
      expect(refusal.reason).toBe('GOOGLE_CONDITION');

      google.trust(googleTrustOf(refusal.explanation?.statement ?? '', provider, issuer.issuer));
      const { token } = await exchange();
      const asked = { serviceAccount, delegates: [], scopes, lifetimeSeconds: 3600, reason: 'test' };
      expect((await clouds.impersonate(asked, token)).expiresAt).toBeInstanceOf(Date);
      for (const claims of OTHERS)
        expect((await refusalOf(exchange(claims), run)).reason).toBe('GOOGLE_CONDITION');
    } finally {
      await google.close();
    }
  });

  it('lets the token in on Snowflake, and no other', async () => {
    const run = await scope('snowflake');
    const { grant } = run;
    if (grant.kind !== 'snowflake' || !('audience' in grant.login)) throw new Error('another grant');
    const { audience } = grant.login;
    const front = await startSnowflake({
      trust: { users: [oidcUser(issuer.issuer, 'repo:octo-org/jaffle-shop:environment:prod', audience)] },
    });
    try {
      const { snowflakeIdentity } = snowflakeApi({ snowflake: front.url });
      const login = async (claims: ClaimOverrides = {}) =>
        snowflakeIdentity(
          {
            account: grant.account,
            role: grant.role,
            warehouse: grant.warehouse,
            tokenType: 'WORKLOAD_IDENTITY',
          },
          new Secret(await issuer.mint({ audience, claims })),
        );
      const refusal = await refusalOf(login(), run);
      expect(refusal.reason).toBe('SNOWFLAKE_IDENTITY');
      expect(refusal.explanation?.cause).toContain(
        'a trust for `repo:octo-org/jaffle-shop:environment:prod`',
      );

      front.trust({ users: snowflakeUsersOf(refusal.explanation?.statement ?? '') });
      expect(await login()).toMatchObject({ user: 'DBT_PROD', role: 'DBT_PROD' });
      for (const claims of OTHERS)
        expect((await refusalOf(login(claims), run)).reason).toBe('SNOWFLAKE_IDENTITY');
      expect(front.logins).toHaveLength(2 + OTHERS.length);
    } finally {
      await front.close();
    }
  });
});

describeWith(['moto'], 'the trust policy of a refusal, put at the role,', () => {
  it('lets the token in on AWS, and no other', async () => {
    const run = await scope('athena');
    const { grant } = run;
    if (grant.kind !== 'athena') throw new Error('another grant');
    const claims = {
      job_workflow_ref:
        'octo-sec/workflows/.github/workflows/dbt.yml@9a8b7c6d5e4f30213243546576879809a8b7c6d5',
    };
    const conditions = { sub: 'repo:octo-org/jaffle-shop:environment:prod', aud: grant.aws.audience };
    const account = await startAwsAccount(issuer, { trust: { conditions } });
    try {
      const { assumeRoleWithWebIdentity } = awsSts({ sts: account.url });
      const { region, audience } = grant.aws;
      const assume = async (more: ClaimOverrides = {}) =>
        assumeRoleWithWebIdentity(
          { region, roleArn: ROLE_ARN, sessionName: 'gh-1', durationSeconds: 900, policyArns: [] },
          new Secret(await issuer.mint({ audience, claims: { ...claims, ...more } })),
        );
      const refusal = await refusalOf(assume(), run);
      expect(refusal.reason).toBe('AWS_TRUST');

      const { Statement } = JSON.parse(refusal.explanation?.statement ?? '');
      const equals: Readonly<Record<string, string | readonly string[]>> =
        Statement[0].Condition.StringEquals;
      const prefix = `${issuer.issuer.replace('http://', '')}:`;
      account.trust(
        ROLE_ARN,
        Object.fromEntries(Object.entries(equals).map(([key, value]) => [key.replace(prefix, ''), value])),
      );
      expect((await assume()).assumedRoleArn).toContain('assumed-role');
      const byTag = { job_workflow_ref: 'octo-sec/workflows/.github/workflows/dbt.yml@refs/tags/v1.4.0' };
      for (const other of [...OTHERS, byTag])
        expect((await refusalOf(assume(other), run)).reason).toBe('AWS_TRUST');
      expect(account.requests).toHaveLength(3 + OTHERS.length);
    } finally {
      await account.close();
    }
  }, 60_000);
});

/** A trust that somebody wrote for GitHub's older `sub`. */
function oldGoogleTrust(name: string, url: string): GoogleTrust {
  const mapping = { 'google.subject': (claims: GoogleClaims) => String(claims['sub']) };
  const condition = (claims: GoogleClaims) => claims['sub'] === 'repo:octo-org/jaffle-shop:environment:prod';
  return { providers: [{ name, issuer: url, mapping, condition }], bindings: [] };
}

/** Reads the gcloud commands. */
function googleTrustOf(statement: string, name: string, url: string): GoogleTrust {
  const flag = (flagName: string) =>
    new RegExp(`--${flagName}='?([^'\\n]*?)'?(?: \\\\)?$`, 'm').exec(statement)?.[1] ?? '';
  const condition = cel(flag('attribute-condition'));
  const mapping = flag('attribute-mapping')
    .split(',')
    .map((entry) => {
      const [attribute = '', ...expression] = entry.split('=');
      const map = cel(expression.join('='));
      return [attribute, (claims: GoogleClaims) => String(map(claims))] as const;
    });
  const [, serviceAccount = '', member = ''] =
    /add-iam-policy-binding (\S+) \\\n.*--member=(\S+)$/m.exec(statement) ?? [];
  return {
    providers: [
      {
        name,
        issuer: url,
        audiences: [/--allowed-audiences=(\S+)/.exec(statement)?.[1] ?? ''],
        mapping: Object.fromEntries(mapping),
        condition: (claims) => condition(claims) === true,
      },
    ],
    bindings: [{ serviceAccount, members: [member] }],
  };
}

function oidcUser(url: string, subject: string, audience: string): SnowflakeUser {
  return {
    name: 'DBT_PROD',
    roles: ['DBT_PROD'],
    identity: { type: 'OIDC', issuer: url, subject, audiences: [audience] },
  };
}

/** Reads the SQL: one user for each identity, as the front holds one identity per user. */
function snowflakeUsersOf(statement: string): readonly SnowflakeUser[] {
  const pattern = /ISSUER='([^']*)'\n\s+SUBJECT='([^']*)'\n\s+OIDC_AUDIENCE_LIST=\('([^']*)'\)/g;
  return [...statement.matchAll(pattern)].map(([, url = '', subject = '', audience = '']) =>
    oidcUser(url, subject, audience),
  );
}
