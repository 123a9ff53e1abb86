import { describe, expect, it } from 'vitest';
import { CloudFault } from '../../../src/credentials/cloud-fault.ts';
import { explained, explainedLine } from '../../../src/credentials/explain/explained.ts';
import { PassportError } from '../../../src/errors.ts';
import { explanationMarkdown } from '../../../src/evidence/explanation-markdown.ts';
import { explanationText } from '../../../src/evidence/explanation-text.ts';
import { identity } from '../../policy/fixture.ts';
import { type GrantName, scopeOf } from '../../policy/trust/scope.ts';
import type { ClaimOverrides } from '../../support/claims.ts';

type Fault = Pick<CloudFault, 'cloud' | 'call' | 'code' | 'text'> &
  Partial<Pick<CloudFault, 'status' | 'transient'>>;

const REFUSED = 'Not authorized to perform sts:AssumeRoleWithWebIdentity';
const aws = (code: string, text: string, call: CloudFault['call'] = 'AssumeRoleWithWebIdentity'): Fault => ({
  cloud: 'aws',
  call,
  code,
  text,
});
const google = (code: string, text: string, call: CloudFault['call'] = 'token exchange'): Fault => ({
  cloud: 'google',
  call,
  code,
  text,
});
const snowflake = (code: string, text: string): Fault => ({
  cloud: 'snowflake',
  call: 'statement',
  code,
  text,
});
const oauth = (code: string, text: string, cloud: 'oauth' | 'databricks' = 'oauth'): Fault => ({
  cloud,
  call: 'token exchange',
  code,
  text,
});

const BY_COMMIT = {
  job_workflow_ref: 'octo-sec/workflows/.github/workflows/dbt.yml@9a8b7c6d5e4f30213243546576879809a8b7c6d5',
};
const LEGACY = { ...BY_COMMIT, sub: 'repo:octo-org/jaffle-shop:environment:prod' };
const BOTH_SHAPES = [['sub_template: immutable\n', '']] as const;

/** What a cloud answers, for which grant, to which token. */
const REFUSALS: Readonly<
  Record<
    string,
    {
      fault: Fault;
      grant: GrantName;
      claims?: ClaimOverrides;
      policy?: readonly (readonly [string, string])[];
    }
  >
> = {
  'aws-trust-immutable': { fault: aws('AccessDenied', REFUSED), grant: 'athena', claims: BY_COMMIT },
  'aws-trust-legacy': {
    fault: aws('AccessDenied', REFUSED),
    grant: 'athena',
    claims: LEGACY,
    policy: [['sub_template: immutable', 'sub_template: legacy']],
  },
  'aws-trust-workflow-by-tag': { fault: aws('AccessDenied', REFUSED), grant: 'athena' },
  'aws-trust-case': {
    fault: aws('AccessDenied', REFUSED),
    grant: 'athena',
    claims: { ...BY_COMMIT, environment: 'Prod' },
  },
  'aws-provider': {
    fault: aws(
      'InvalidIdentityToken',
      'No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com',
    ),
    grant: 'athena',
  },
  'aws-audience': { fault: aws('InvalidIdentityToken', 'Incorrect token audience'), grant: 'athena' },
  'aws-duration': {
    fault: aws(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    ),
    grant: 'long',
  },
  'aws-tag-session': {
    fault: aws(
      'AccessDenied',
      'User: arn:aws:sts::111122223333:assumed-role/dbt-prod/gh-1 is not authorized to perform: sts:TagSession on resource: arn:aws:iam::444455556666:role/warehouse',
      'AssumeRole',
    ),
    grant: 'chained',
  },
  'google-condition': {
    fault: google('unauthorized_client', 'The given credential is rejected by the attribute condition.'),
    grant: 'bigquery',
  },
  'google-subject-length': {
    fault: google(
      'invalid_request',
      'The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute mapping or the incoming assertion to produce a mapped attribute that is less than 127 bytes.',
    ),
    grant: 'bigquery',
  },
  'google-impersonation': {
    fault: google(
      'PERMISSION_DENIED',
      "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
      'generateAccessToken',
    ),
    grant: 'delegated',
  },
  'snowflake-identity': {
    fault: snowflake(
      '394729',
      "The workload identity with subject 'repo:octo-org@123456/jaffle-shop@456789:environment:prod' is not known.",
    ),
    grant: 'snowflake',
  },
  'snowflake-customised-sub': {
    fault: snowflake('394729', 'Workload identity authentication failed.'),
    grant: 'snowflake',
    claims: { ...BY_COMMIT, sub: 'repo:octo-org@123456/jaffle-shop@456789:environment:prod:event_name:push' },
    policy: [['sub_template: immutable', 'sub_template: [repo, context, event_name]']],
  },
  'snowflake-role': {
    fault: snowflake(
      '390189',
      "Role 'DBT_PROD' specified in the connect string is not granted to this user.",
    ),
    grant: 'snowflake',
  },
  'databricks-policy': {
    fault: oauth('invalid_grant', 'no federation policy', 'databricks'),
    grant: 'databricks',
    claims: LEGACY,
    policy: BOTH_SHAPES,
  },
  'oauth-trust': {
    fault: oauth(
      'invalid_request',
      'AADSTS700213: No matching federated identity record found for presented assertion subject',
    ),
    grant: 'snowflakeOauth',
  },
};

describe('explained', () => {
  it.each(Object.entries(REFUSALS))('explains %s', async (name, { fault, grant, claims, policy = [] }) => {
    const error = await refusalOf(fault, grant, claims, policy);
    const { reason, message, hint, place, explanation } = error;
    if (explanation === undefined) throw new Error('no explanation');
    const at = place === undefined ? '' : `${place.file}:${place.line}\n`;
    const annotation = [
      `${error.code} ${reason}`,
      message,
      explanation.cause,
      hint,
      `See ${error.docs}`,
    ].join('\n');
    await expect(`${explanationText(explanation)}\n\n${at}${annotation}\n`).toMatchFileSnapshot(
      `golden/${name}.txt`,
    );
    await expect(`${explanationMarkdown(explanation)}\n`).toMatchFileSnapshot(`golden/${name}.md`);
  });

  it.each([
    [aws('AccessDenied', 'not allowed', 'AssumeRole'), 'chained', 'AWS_CHAIN'],
    [aws('ExpiredTokenException', 'Token expired'), 'athena', 'AWS_TOKEN_EXPIRED'],
    [aws('IDPRejectedClaim', 'rejected'), 'athena', 'AWS_TRUST'],
    [aws('InvalidIdentityToken', 'Provided token is not valid'), 'athena', 'AWS_TOKEN'],
    [aws('MalformedPolicyDocument', 'Syntax error'), 'athena', 'AWS_SESSION_POLICY'],
    [aws('PackedPolicyTooLarge', 'Packed size 120 %'), 'athena', 'AWS_SESSION_POLICY_SIZE'],
    [aws('RegionDisabledException', 'STS is not activated'), 'athena', 'AWS_REGION'],
    [aws('ValidationError', '1 validation error'), 'athena', 'AWS_REQUEST'],
    [
      google('invalid_grant', 'The audience in ID Token [x] does not match the expected audience.'),
      'bigquery',
      'GOOGLE_AUDIENCE',
    ],
    [
      google('invalid_target', 'The target service indicated by the "audience" parameters is invalid.'),
      'bigquery',
      'GOOGLE_PROVIDER',
    ],
    [google('invalid_request', 'Invalid value for "audience".'), 'bigquery', 'GOOGLE_PROVIDER'],
    [
      google('invalid_grant', 'The issuer in ID Token x does not match the expected ones.'),
      'bigquery',
      'GOOGLE_ISSUER',
    ],
    [
      google('invalid_grant', 'ID Token issued at 1 is stale to sign-in.'),
      'bigquery',
      'GOOGLE_TOKEN_EXPIRED',
    ],
    [
      google('INVALID_ARGUMENT', 'Request contains an invalid argument.', 'generateAccessToken'),
      'bigquery',
      'GOOGLE_LIFETIME',
    ],
    [
      google(
        'PERMISSION_DENIED',
        'IAM Service Account Credentials API has not been used in project 1 before or it is disabled.',
        'generateAccessToken',
      ),
      'bigquery',
      'GOOGLE_API_DISABLED',
    ],
    [google('invalid_request', 'something new'), 'direct', 'GOOGLE_TRUST'],
    [google('INVALID_ARGUMENT', 'bad scope', 'generateAccessToken'), 'direct', 'GOOGLE_TRUST'],
    [snowflake('394301', 'JWT token has expired'), 'snowflake', 'SNOWFLAKE_TOKEN_EXPIRED'],
    [snowflake('390317', 'The role is not listed in the Access Token.'), 'snowflakeOauth', 'SNOWFLAKE_OAUTH'],
    [
      snowflake('390422', 'Incoming request with IP/Token 1.2.3.4 is not allowed to access Snowflake.'),
      'snowflake',
      'SNOWFLAKE_NETWORK',
    ],
    [snowflake('390318', 'OAuth access token expired.'), 'snowflakeOauth', 'SNOWFLAKE_OAUTH_EXPIRED'],
    [snowflake('390303', 'Invalid OAuth access token.'), 'snowflakeOauth', 'SNOWFLAKE_OAUTH'],
    [snowflake('390101', 'User access disabled.'), 'snowflake', 'SNOWFLAKE_USER_DISABLED'],
    [snowflake('251017', 'workload_identity_provider must be set'), 'snowflake', 'SNOWFLAKE_ADAPTER'],
    [snowflake('390100', 'Incorrect username or password was specified.'), 'snowflake', 'SNOWFLAKE_LOGIN'],
    [snowflake('390100', 'Incorrect username or password was specified.'), 'snowflakeAws', 'SNOWFLAKE_LOGIN'],
    [oauth('invalid_grant', ''), 'snowflakeOauth', 'OAUTH_TRUST'],
    [oauth('invalid_scope', ''), 'snowflakeOauth', 'OAUTH_SCOPE'],
    [oauth('unsupported_grant_type', ''), 'snowflakeOauth', 'OAUTH_GRANT_TYPE'],
    [oauth('invalid_target', ''), 'snowflakeOauth', 'OAUTH_TARGET'],
    [
      oauth('invalid_client', 'AADSTS700024: Client assertion is not within its valid time range.'),
      'snowflakeOauth',
      'OAUTH_TOKEN_EXPIRED',
    ],
    [oauth('odd', ''), 'snowflakeOauth', 'OAUTH_REQUEST'],
    [oauth('invalid_client', '', 'databricks'), 'databricks', 'DATABRICKS_PRINCIPAL'],
    [oauth('invalid_grant', 'token is expired', 'databricks'), 'databricks', 'DATABRICKS_TOKEN_EXPIRED'],
  ] as const)('names %j for %s as %s', async (fault, grant, reason) => {
    const error = await refusalOf(fault, grant);
    expect([error.code, error.reason]).toEqual(['ERR_CREDENTIAL_REFUSED', reason]);
    expect(error.explanation?.cause).toMatch(/^[A-Z].*\.$/);
    expect(error.hint).toMatch(/^[A-Z].*\.$/);
  });

  it('shows the line of the policy when the fix is there, and only then', async () => {
    const inPolicy = await refusalOf(aws('MalformedPolicyDocument', ''), 'athena');
    expect(inPolicy.place).toEqual({
      file: (await scopeOf('athena')).loaded.source,
      line: expect.any(Number),
    });
    expect((await refusalOf(aws('AccessDenied', REFUSED), 'athena')).place).toBeUndefined();
  });

  it('calls a fault that passes unavailable, and says where to look', async () => {
    const fault = { ...aws('ServiceUnavailable', 'slow down'), status: 503, transient: true };
    const error = await refusalOf(fault, 'athena');
    expect(error).toMatchObject({ code: 'ERR_CREDENTIAL_UNAVAILABLE', explanation: undefined });
    expect(error.message).toBe(
      'AWS could not be asked for AssumeRoleWithWebIdentity: status 503: ServiceUnavailable: slow down',
    );
    const keys = {
      ...aws('InvalidIdentityToken', "Couldn't retrieve verification key from your identity provider"),
      status: 400,
      transient: true,
    };
    expect((await refusalOf(keys, 'athena')).reason).toBe('AWS_ISSUER_KEYS');
    const google400 = {
      ...google('invalid_grant', "Error connecting to the given credential's issuer."),
      status: 400,
    };
    expect((await refusalOf({ ...google400, transient: true }, 'bigquery')).reason).toBe(
      'GOOGLE_ISSUER_KEYS',
    );
    const odd = await refusalOf({ ...google('', 'the answer needs access_token'), status: 200 }, 'bigquery');
    expect(odd.code).toBe('ERR_CREDENTIAL_UNAVAILABLE');
    expect(odd.message).toBe(
      'Google Cloud answered the token exchange with something else than a credential: the answer needs access_token',
    );
    const silent = { ...google('', ''), status: 0, transient: true };
    expect((await refusalOf(silent, 'bigquery')).message).toContain('no answer');
  });

  it('leaves every other error as it is', async () => {
    const context = await contextOf('athena');
    const other = new PassportError('ERR_INTERNAL', 'x');
    expect(explained(other, context)).toBe(other);
    expect(explained('text', context)).toBe('text');
  });

  it('still gives an error when a cloud answers that the grant does not ask', async () => {
    expect(await refusalOf(aws('AccessDenied', REFUSED), 'bigquery')).toMatchObject({
      code: 'ERR_CREDENTIAL_REFUSED',
      explanation: undefined,
    });
  });

  it('says so when no exact trust can be written', async () => {
    const error = await refusalOf(snowflake('394729', ''), 'snowflake', {}, [
      ['sub_template: immutable', 'sub_template: [repo, workflow]'],
    ]);
    expect(error.explanation?.statement).toBe('');
    expect(error.explanation?.cause).toContain('No exact trust can be written');
  });

  it('fits in one line, for a program that shows it in an error of its own', async () => {
    const context = await contextOf('snowflake');
    expect(explainedLine(faultOf(snowflake('390189', 'Role is not granted to this user')), context)).toBe(
      'Snowflake refused the login check for user DBT_PROD with role DBT_PROD in account acme-eu: 390189: Role is not granted to this user (request b3a1-77). The token is trusted, but user DBT_PROD does not have role DBT_PROD. Grant the role with the statement, or correct `role` of the grant.',
    );
    expect(explainedLine(new Error('a\nb'), context)).toBe('a\\u000ab');
  });

  it('takes a few milliseconds', async () => {
    const context = await contextOf('bigquery');
    const fault = faultOf(google('unauthorized_client', 'rejected by the attribute condition'));
    const start = performance.now();
    for (let turn = 0; turn < 100; turn++) explained(fault, context);
    expect((performance.now() - start) / 100).toBeLessThan(20);
  });
});

async function contextOf(
  grant: GrantName,
  claims: ClaimOverrides = {},
  changes: readonly (readonly [string, string])[] = [],
) {
  const scope = await scopeOf(grant, ...changes.map(([from, to]): [string, string] => [from, to]));
  return { ...scope.loaded, grant: scope.grant, rule: scope.rule, claims: identity(claims).claims };
}

async function refusalOf(
  fault: Fault,
  grant: GrantName,
  claims: ClaimOverrides = {},
  changes: readonly (readonly [string, string])[] = [],
): Promise<PassportError> {
  const error = explained(faultOf(fault), await contextOf(grant, claims, changes));
  if (!(error instanceof PassportError)) throw new Error('not explained');
  return error;
}

function faultOf(fault: Fault): CloudFault {
  return new CloudFault({ status: 403, transient: false, requestId: 'b3a1-77', ...fault });
}
