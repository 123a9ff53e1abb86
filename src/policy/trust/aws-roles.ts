import type { AwsRole } from '../grant-types.ts';
import { sessionPolicy } from '../grants/aws-session.ts';
import { awsChainStatement, awsStatement, CHAIN_ACTIONS, trustDocument } from './aws.ts';
import { awsRoleOf } from './handed-out.ts';
import { closed } from './model-of.ts';
import type { Principal, Way } from './principals.ts';
import type { RenderRequest, TrustProblem } from './rendered.ts';
import { subjectProblems } from './subject-problems.ts';

/** A role as IAM should hold it. */
export interface TrustedRole {
  readonly arn: string;
  readonly account: string;
  readonly name: string;
  /** `/`, or the folders of the role's ARN. */
  readonly path: string;
  /** Its trust policy. */
  readonly trust: object;
  /** The most that any session of it needs, as a permissions boundary; undefined when the policy does not say. */
  readonly boundary: object | undefined;
  /** Longest session that a grant asks for, in seconds; 3600 at least, which is what a new role has. */
  readonly maxSession: number;
  /** Audiences of the tokens that it takes; none for the second role of a chain. */
  readonly audiences: readonly string[];
  /** 1-based line of the first rule that leads to it. */
  readonly line: number;
}

/** The roles that tokens of GitHub become, then those that are assumed from them. */
export function trustedRoles({ policy, principals }: RenderRequest): readonly TrustedRole[] {
  const first = principals.flatMap((principal) => entryRole(policy.issuer, principal));
  const chained = new Map<string, { role: AwsRole; line: number }[]>();
  for (const { way, role } of principals.flatMap(rolesOf)) {
    if (role.chain === undefined) continue;
    const known = chained.get(role.chain.roleArn) ?? [];
    known.push({ role, line: way.rule.line });
    chained.set(role.chain.roleArn, known);
  }
  return [...first, ...[...chained].map(([arn, roles]) => chainedRole(arn, roles))];
}

function entryRole(issuer: string, principal: Principal): readonly TrustedRole[] {
  const roles = rolesOf(principal).filter(({ way }) => closed(way.checked, 'aws'));
  const [head] = roles;
  if (head === undefined) return [];
  return [
    {
      ...named(principal.name),
      trust: trustDocument(unique(roles.map(({ way, role }) => awsStatement(issuer, role, way.checked)))),
      boundary: boundaryOf(roles.map(({ role }) => (role.chain ? chainAllow(role) : role))),
      maxSession: longest(roles.map(({ role }) => role)),
      audiences: [...new Set(roles.map(({ role }) => role.audience))],
      line: head.way.rule.line,
    },
  ];
}

function chainedRole(arn: string, uses: readonly { role: AwsRole; line: number }[]): TrustedRole {
  return {
    ...named(arn),
    trust: trustDocument(unique(uses.map(({ role }) => awsChainStatement(role)))),
    boundary: boundaryOf(uses.map(({ role }) => role)),
    maxSession: 3600,
    audiences: [],
    line: uses[0]?.line ?? 1,
  };
}

function rolesOf({ ways }: Principal): readonly { way: Way; role: AwsRole }[] {
  return ways.flatMap((way) => {
    const role = awsRoleOf(way.grant);
    return role === undefined ? [] : [{ way, role }];
  });
}

function named(arn: string): Pick<TrustedRole, 'arn' | 'account' | 'name' | 'path'> {
  const [, , , , account = '', resource = ''] = arn.split(':');
  const parts = resource.split('/');
  const folders = parts.slice(1, -1);
  const path = folders.length === 0 ? '/' : `/${folders.join('/')}/`;
  return { arn, account, name: parts.at(-1) ?? '', path };
}

/** All that the session policies of the role's grants allow; a grant without one needs what nobody wrote down. */
function boundaryOf(roles: readonly Pick<AwsRole, 'allow'>[]): object | undefined {
  if (roles.some(({ allow }) => allow.length === 0)) return undefined;
  const policy = sessionPolicy(unique(roles.flatMap(({ allow }) => allow)));
  return policy === undefined ? undefined : JSON.parse(policy);
}

function chainAllow({ chain }: AwsRole): Pick<AwsRole, 'allow'> {
  return { allow: [{ actions: CHAIN_ACTIONS, resources: [chain?.roleArn ?? ''] }] };
}

function longest(roles: readonly AwsRole[]): number {
  return Math.max(3600, ...roles.map(({ durationSeconds }) => durationSeconds));
}

function unique<T extends object>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

/** Characters of a role's trust policy, blanks not counted: what an account has, and the most it can be given. */
const TRUST_CHARACTERS = { usual: 2048, most: 4096 };
/** Characters of `sub` that STS takes. */
const SUBJECT_CHARACTERS = 255;

/** What IAM or STS would refuse. Sources: AWS, "IAM and AWS STS quotas"; STS API, AssumeRoleWithWebIdentity. */
export function awsProblems(
  { principals }: RenderRequest,
  roles: readonly TrustedRole[],
): readonly TrustProblem[] {
  const long = roles.flatMap(({ name, trust, line }): readonly TrustProblem[] => {
    const { length } = JSON.stringify(trust);
    if (length <= TRUST_CHARACTERS.usual) return [];
    const level = length > TRUST_CHARACTERS.most ? 'error' : 'note';
    const message = `the trust policy of ${name} has ${length} characters: an account takes ${TRUST_CHARACTERS.usual}, and ${TRUST_CHARACTERS.most} once AWS has raised the quota; use a role for each rule`;
    return [{ level, target: 'aws', line, message }];
  });
  const ways = principals.flatMap((principal) => principal.ways);
  return [...long, ...ways.flatMap((way) => subjectProblems(way, 'aws', SUBJECT_CHARACTERS))];
}
