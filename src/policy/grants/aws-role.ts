import * as v from 'valibot';
import type { AwsRole } from '../grant-types.ts';
import { AUDIENCE, closed, listOf, text } from '../scalars.ts';
import { sessionProblems } from './aws-session.ts';

const ROLE_ARN = text(
  /^arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role\/[\w+=,.@/-]{1,512}$/,
  'the ARN of one IAM role',
);
const SECONDS = text(
  /^(9[0-9]{2}|[1-9][0-9]{3}|[1-3][0-9]{4}|4[0-2][0-9]{3}|43[01][0-9]{2}|43200)$/,
  'seconds from 900 to 43200',
);

/** `aws:` of a grant, as it is written. */
export const awsRoleSchema = closed({
  role_arn: ROLE_ARN,
  region: text(/^[a-z]{2}(-[a-z]+)+-[0-9]$/, 'an AWS region'),
  audience: v.optional(AUDIENCE),
  duration_seconds: v.optional(SECONDS),
  allow: v.optional(
    listOf(
      closed({
        actions: listOf(text(/^[a-z0-9-]+:[A-Za-z*]+$/, 'an IAM action such as s3:GetObject')),
        resources: listOf(text(/^(arn:aws(-cn|-us-gov)?:[^\s"\\{}]{1,512}|\*)$/, 'an ARN, or *')),
      }),
    ),
  ),
  policy_arns: v.optional(
    v.pipe(
      listOf(
        text(
          /^arn:aws(-cn|-us-gov)?:iam::([0-9]{12}|aws):policy\/[\w+=,.@/-]{1,512}$/,
          'the ARN of a managed policy',
        ),
      ),
      v.maxLength(10, 'at most 10 policies'),
    ),
  ),
  chain: v.optional(
    closed({
      role_arn: ROLE_ARN,
      external_id: v.optional(text(/^[\w+=,.@:/-]{2,1224}$/, 'an external id')),
    }),
  ),
});

/** Fills in what was left out: AWS's own audience, an hour. */
export function awsRole(written: v.InferOutput<typeof awsRoleSchema>): AwsRole {
  return {
    roleArn: written.role_arn,
    region: written.region,
    audience: written.audience ?? 'sts.amazonaws.com',
    durationSeconds: Number(written.duration_seconds ?? '3600'),
    allow: written.allow ?? [],
    policyArns: written.policy_arns ?? [],
    ...(written.chain && {
      chain: {
        roleArn: written.chain.role_arn,
        ...(written.chain.external_id && { externalId: written.chain.external_id }),
      },
    }),
  };
}

/** What AWS would refuse in a role as it is written, whoever runs; each with the key at fault. */
export function awsProblems(
  written: v.InferOutput<typeof awsRoleSchema>,
): ReturnType<typeof sessionProblems> {
  return sessionProblems(awsRole(written));
}
