import type { AwsRole } from '../../policy/grant-types.ts';
import { awsChainTrust, awsProvider, awsProviderAudience, awsTrust } from '../../policy/trust/aws.ts';
import { shellWord } from '../../policy/trust/quoting.ts';
import { type Cloud, NOTHING_SHOWN, type Refusal, requestRow, staleToken } from './refusal.ts';

/**
 * Source of the codes: AWS STS API reference, AssumeRoleWithWebIdentity and AssumeRole. The wording of a message is
 * no part of that reference; those matched here are quoted in public reports of users.
 */
const REFUSALS: readonly Refusal<AwsRole>[] = [
  {
    reason: 'AWS_DURATION',
    text: /DurationSeconds/,
    cause: ({ chain, durationSeconds }) =>
      chain === undefined
        ? `The role does not allow sessions of ${durationSeconds} s.`
        : 'A session that is reached through another role lives an hour at most.',
    hint: 'Lower `duration_seconds` of the grant, or let the role allow longer sessions with the command.',
    inPolicy: true,
    show: ({ roleArn, durationSeconds, chain }) => ({
      rows: requestRow(
        'DurationSeconds',
        chain === undefined ? "at most the role's MaxSessionDuration" : 'at most 3600',
        `${durationSeconds}`,
      ),
      statement:
        chain === undefined
          ? `aws iam update-role --role-name ${shellWord(roleArn.split('/').at(-1) ?? '')} --max-session-duration ${durationSeconds}`
          : '',
    }),
  },
  {
    reason: 'AWS_TAG_SESSION',
    call: 'AssumeRole',
    text: /sts:(TagSession|SetSourceIdentity)/,
    cause: 'The second role does not let the first one set session tags and a source identity.',
    hint: ({ roleArn }) =>
      `Put the statement into the trust policy of the second role, and allow ${roleArn} the same three actions on it.`,
    show: (role) => ({ rows: hop(role), statement: awsChainTrust(role) }),
  },
  {
    reason: 'AWS_CHAIN',
    call: 'AssumeRole',
    code: /^AccessDenied/,
    cause: 'The first role was assumed; the second one does not trust it, or does not exist.',
    hint: ({ roleArn }) =>
      `Put the statement into the trust policy of the second role, and allow ${roleArn} the same three actions on it.`,
    show: (role) => ({ rows: hop(role), statement: awsChainTrust(role) }),
  },
  {
    reason: 'AWS_PROVIDER',
    text: /No OpenIDConnect provider found/i,
    cause: "The account of the role does not know the token's issuer.",
    hint: 'Create the provider in the account of the role with the command, once per account.',
    show: (role, scope) => ({
      rows: requestRow('iss', 'an OpenID Connect provider of the account', scope.policy.issuer),
      statement: awsProvider(scope, role),
    }),
  },
  {
    reason: 'AWS_AUDIENCE',
    text: /audience/i,
    cause: ({ audience }) => `The provider in IAM does not list the audience \`${audience}\`.`,
    hint: 'Let the provider take the audience with the command, or set `audience` of the grant to the one it lists.',
    show: (role, scope) => ({
      rows: requestRow('aud', "a client id of the account's provider", role.audience),
      statement: awsProviderAudience(scope, role),
    }),
  },
  {
    reason: 'AWS_ISSUER_KEYS',
    text: /verification key/i,
    cause: "AWS could not fetch the issuer's signing keys; this passes when the issuer is GitHub itself.",
    hint: 'Run the job again; if it stays, see whether AWS can reach the issuer from the internet.',
    show: () => NOTHING_SHOWN,
  },
  staleToken('AWS_TOKEN_EXPIRED', 'AWS', { code: /^ExpiredToken/ }),
  {
    reason: 'AWS_SESSION_POLICY',
    code: /^MalformedPolicyDocument/,
    cause: 'AWS cannot read the session policy that is made from `allow` and `policy_arns` of the grant.',
    hint: 'Correct the action, resource or ARN that AWS names, in `allow` or `policy_arns` of the grant.',
    inPolicy: true,
    show: () => NOTHING_SHOWN,
  },
  {
    reason: 'AWS_SESSION_POLICY_SIZE',
    code: /^PackedPolicyTooLarge/,
    cause: 'Session policy and session tags together are larger than AWS takes.',
    hint: 'Shorten `allow` of the grant: fewer statements, wildcards in resources, or a managed policy in `policy_arns`.',
    inPolicy: true,
    show: ({ allow }) => ({
      rows: requestRow(
        'session policy',
        'at most 100 % of the packed size',
        `${allow.length} statements in allow`,
      ),
      statement: '',
    }),
  },
  {
    reason: 'AWS_REGION',
    code: /^RegionDisabled/,
    cause: ({ region }) => `STS is not activated in ${region} for the account of the role.`,
    hint: 'Set `region` of the grant to an active one, or activate STS there in the account settings of IAM.',
    inPolicy: true,
    show: ({ region }) => ({ rows: requestRow('region', 'a region with STS active', region), statement: '' }),
  },
  {
    reason: 'AWS_TRUST',
    code: /^(AccessDenied|IDPRejectedClaim)/,
    cause: 'AWS does not say which condition failed; it answers the same when the role does not exist.',
    hint: ({ roleArn }) =>
      `Make the statement the trust policy of ${roleArn}, or correct the policy when the trust is right.`,
    askClaims: true,
  },
  {
    reason: 'AWS_TOKEN',
    code: /^InvalidIdentityToken/,
    cause: 'AWS takes the token for none of its provider: another issuer, audience or key.',
    hint: 'Compare issuer and audience with the OpenID Connect provider in IAM.',
    askClaims: true,
  },
];

/** Everything else. */
const OTHERWISE: Refusal<AwsRole> = {
  reason: 'AWS_REQUEST',
  cause: 'AWS refused the request itself; its words are in the message.',
  hint: 'Correct what AWS names in the grant of the policy.',
  inPolicy: true,
  show: () => NOTHING_SHOWN,
};

export const AWS: Cloud<AwsRole> = {
  name: 'AWS',
  refusals: REFUSALS,
  otherwise: OTHERWISE,
  trust: awsTrust,
  principal: ({ roleArn, chain }) =>
    chain === undefined ? roleArn : `${chain.roleArn} by way of ${roleArn}`,
  status: 'https://health.aws.amazon.com/health/status',
};

function hop({ roleArn, chain }: AwsRole) {
  return [
    { claim: 'first role', needed: roleArn, token: roleArn, verdict: 'same' as const },
    ...requestRow(
      'second role',
      'trusts the first, with tags and source identity',
      chain?.roleArn ?? '(none)',
    ),
  ];
}
