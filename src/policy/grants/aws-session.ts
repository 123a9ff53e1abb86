import type { AwsAllow, AwsRole } from '../grant-types.ts';

/** Characters that AWS takes for the inline policy and the ARNs of managed policies together. */
const POLICY_CHARACTERS = 2048;
const MANAGED_POLICIES = 10;

/**
 * The inline session policy as JSON text; undefined when nothing narrows the role. A session policy only
 * narrows: what the role itself may not do stays refused. Source: IAM User Guide, session policies.
 */
export function sessionPolicy(allow: readonly AwsAllow[]): string | undefined {
  return allow.length === 0 ? undefined : JSON.stringify(allowDocument(allow));
}

/** The statements as a policy document of IAM. */
export function allowDocument(allow: readonly AwsAllow[]): object {
  const statements = allow.map(({ actions, resources }) => ({
    Effect: 'Allow',
    Action: oneOrList(actions),
    Resource: oneOrList(resources),
  }));
  return { Version: '2012-10-17', Statement: statements };
}

/**
 * What AWS would refuse in a role of a grant, whoever runs; each with the key at fault. It is known when the policy is
 * loaded, so no run has to find out. Source: AWS STS API, AssumeRoleWithWebIdentity.
 */
export function sessionProblems(
  role: AwsRole,
): readonly { readonly key: string; readonly message: string }[] {
  const problems: { key: string; message: string }[] = [];
  const policy = sessionPolicy(role.allow) ?? '';
  const characters = policy.length + role.policyArns.join('').length;
  if (characters > POLICY_CHARACTERS) {
    const key = policy === '' ? 'policy_arns' : 'allow';
    const parts = `allow becomes ${policy.length} and policy_arns are ${characters - policy.length}`;
    problems.push({
      key,
      message: `expected a session policy of at most ${POLICY_CHARACTERS} characters, got ${characters}: ${parts}. Name fewer actions or resources, or use wildcards in them`,
    });
  }
  if (role.policyArns.length > MANAGED_POLICIES)
    problems.push({
      key: 'policy_arns',
      message: `expected at most ${MANAGED_POLICIES} policies, got ${role.policyArns.length}`,
    });
  if (partitionOf(role.chain?.roleArn ?? role.roleArn) !== partitionOf(role.roleArn))
    problems.push({
      key: 'chain',
      message: `expected a role of the partition ${partitionOf(role.roleArn)}: no role of another one can be assumed`,
    });
  return problems;
}

/** `aws`, `aws-cn` or `aws-us-gov`. */
export function partitionOf(arn: string): string {
  return arn.split(':')[1] ?? '';
}

function oneOrList(values: readonly string[]): string | readonly string[] {
  const [first] = values;
  return first !== undefined && values.length === 1 ? first : values;
}
