import type { AwsRole } from '../grant-types.ts';
import { allowDocument } from '../grants/aws-session.ts';
import { awsChainStatement, awsStatement, CHAIN_ACTIONS, trustDocument } from './aws.ts';
import { awsRoleOf } from './handed-out.ts';
import { closed } from './model-of.ts';
import type { Principal, Way } from './principals.ts';
import type { RenderRequest, TrustProblem } from './rendered.ts';
import { subjectProblems } from './subject-problems.ts';

/** Least seconds that the longest session of a role can be set to. */
const LEAST_SESSION = 3600;
/** Characters of a role's trust policy, blanks not counted: what an account has, and the most it can be given. */
const TRUST_CHARACTERS = { usual: 2048, most: 4096 };
/** Characters of `sub` that STS takes. */
const SUBJECT_CHARACTERS = 255;

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
  /** Longest session that a grant asks for under a rule, in seconds; 3600 at least, which is the least that IAM holds. */
  readonly maxSession: number;
  /** Audiences of the tokens that it takes; none for the second role of a chain. */
  readonly audiences: readonly string[];
  /** 1-based line of the first rule that leads to it. */
  readonly line: number;
}

/** A rule that leads to a role, and the role with the life that the rule leaves its sessions. */
interface Use {
  readonly way: Way;
  readonly role: AwsRole;
}

/** The roles that tokens of GitHub become, then those that are assumed from them. */
export function trustedRoles({ policy, principals }: RenderRequest): readonly TrustedRole[] {
  const first = principals.flatMap((principal) => entryRole(policy.issuer, principal));
  const chained = principals
    .flatMap(usesOf)
    .flatMap((use) => (use.role.chain ? [{ ...use, arn: use.role.chain.roleArn }] : []));
  const second = [...Map.groupBy(chained, ({ arn }) => arn)].map(([arn, uses]) => chainedRole(arn, uses));
  return [...first, ...second];
}

function entryRole(issuer: string, principal: Principal): readonly TrustedRole[] {
  const uses = usesOf(principal).filter(({ way }) => closed(way.checked, way.checker));
  if (uses.length === 0) return [];
  return [
    {
      ...named(principal.name),
      trust: trustDocument(unique(uses.map(({ way, role }) => awsStatement(issuer, role, way.checked)))),
      boundary: boundaryOf(
        uses.map(({ role }) => (role.chain ? chainAllow(role.chain.roleArn) : role.allow)),
      ),
      maxSession: longestSession(uses.map(({ way }) => way)),
      audiences: [...new Set(uses.map(({ role }) => role.audience))],
      line: firstLine(uses),
    },
  ];
}

/** The longest session of a role, in seconds: what its rules leave its grants, but no less than IAM can hold. */
export function longestSession(ways: readonly Way[]): number {
  return Math.max(LEAST_SESSION, ...usesOf({ ways }).map(({ role }) => role.durationSeconds));
}

function chainedRole(arn: string, uses: readonly Use[]): TrustedRole {
  return {
    ...named(arn),
    trust: trustDocument(unique(uses.map(({ role }) => awsChainStatement(role)))),
    boundary: boundaryOf(uses.map(({ role }) => role.allow)),
    // A session that is assumed from another one lasts an hour at most.
    maxSession: LEAST_SESSION,
    audiences: [],
    line: firstLine(uses),
  };
}

function usesOf({ ways }: Pick<Principal, 'ways'>): readonly Use[] {
  return ways.flatMap((way) => {
    const role = awsRoleOf(way.grant);
    return role === undefined ? [] : [{ way, role }];
  });
}

function firstLine(uses: readonly Use[]): number {
  return Math.min(...uses.map(({ way }) => way.rule.line));
}

function named(arn: string): Pick<TrustedRole, 'arn' | 'account' | 'name' | 'path'> {
  const [, , , , account = '', resource = ''] = arn.split(':');
  const parts = resource.split('/');
  const folders = parts.slice(1, -1);
  const path = folders.length === 0 ? '/' : `/${folders.join('/')}/`;
  return { arn, account, name: parts.at(-1) ?? '', path };
}

/** All that the session policies of the role's grants allow; a grant without one needs what nobody wrote down. */
function boundaryOf(allowed: readonly AwsRole['allow'][]): object | undefined {
  if (allowed.some((allow) => allow.length === 0)) return undefined;
  return allowDocument(unique(allowed.flat()));
}

function chainAllow(roleArn: string): AwsRole['allow'] {
  return [{ actions: CHAIN_ACTIONS, resources: [roleArn] }];
}

function unique<T extends object>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

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
