import type { AwsRole } from '../../policy/grant-types.ts';
import { partitionOf, sessionPolicy } from '../../policy/grants/aws-session.ts';
import type { AssumeRoleRequest, WebIdentityRequest } from '../clouds.ts';
import type { RunStamp } from '../desk.ts';

/** The least that AWS gives, in seconds. */
const SHORTEST = 900;
/** AWS's limit for a role that was assumed from another one, in seconds. */
const CHAINED = 3600;
/**
 * Seconds over dbt's budget. Clients of AWS want more than 15 minutes of life, so with 20 on top no session
 * has to be renewed within the budget.
 */
const MARGIN = 1200;

/** The call that gives dbt its session, or, with a chain, the session that may do nothing but the second hop. */
export function webIdentityRequest(
  role: AwsRole,
  run: RunStamp,
  budgetSeconds: number | undefined,
): WebIdentityRequest {
  const to = { region: role.region, roleArn: role.roleArn, sessionName: sessionName(run) };
  if (role.chain === undefined)
    return { ...to, ...narrowed(role), durationSeconds: durationSeconds(role, budgetSeconds) };
  const hop = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];
  const policy = sessionPolicy([{ actions: hop, resources: [role.chain.roleArn] }]);
  return { ...to, ...(policy && { policy }), policyArns: [], durationSeconds: SHORTEST };
}

/** The second hop: what the first call cannot carry, tags and a source identity, goes into this one. */
export function chainRequest(
  role: AwsRole & Required<Pick<AwsRole, 'chain'>>,
  run: RunStamp,
  budgetSeconds: number | undefined,
): AssumeRoleRequest {
  const name = sessionName(run);
  return {
    region: role.region,
    roleArn: role.chain.roleArn,
    sessionName: name,
    sourceIdentity: name,
    ...(role.chain.externalId && { externalId: role.chain.externalId }),
    tags: sessionTags(run),
    ...narrowed(role),
    durationSeconds: Math.min(CHAINED, durationSeconds(role, budgetSeconds)),
  };
}

/** CloudTrail, Athena and Redshift show it as the user: which run of which repository, in 2 to 64 of `[\w+=,.@-]`. */
export function sessionName(run: Pick<RunStamp, 'repositoryId' | 'runId' | 'runAttempt'>): string {
  const name = `gh-${run.repositoryId}-${run.runId}-${run.runAttempt}`;
  return name.replace(/[^\w+=,.@-]/g, '_').slice(0, 64);
}

/** No longer than the rule says, and no longer than dbt can need it. */
export function durationSeconds(role: AwsRole, budgetSeconds: number | undefined): number {
  const needed = budgetSeconds === undefined ? role.durationSeconds : budgetSeconds + MARGIN;
  return Math.max(SHORTEST, Math.min(role.durationSeconds, needed));
}

/** Tags that policies of the account can refer to as `aws:PrincipalTag/…`. Source: STS API, Tag. */
export function sessionTags(run: RunStamp): Readonly<Record<string, string>> {
  const { repository, environment, runId, actor, sha } = run;
  const tags = { repository, environment, 'run-id': runId, actor, sha };
  const set = Object.entries(tags).filter(([, value]) => value !== '');
  return Object.fromEntries(set.map(([key, value]) => [key, tagValue(value)]));
}

/** Letters, digits, spaces and `_.:/=+-@`, 256 at most: the brackets of `dependabot[bot]` are not among them. */
function tagValue(text: string): string {
  return text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '_').slice(0, 256);
}

function narrowed(role: AwsRole): Pick<WebIdentityRequest, 'policy' | 'policyArns'> {
  const policy = sessionPolicy(role.allow);
  return { ...(policy && { policy }), policyArns: role.policyArns };
}

/** The ARN that a session of the role has: the path of the role is not part of it. */
export function assumedRoleArn(roleArn: string, session: string): string {
  const account = roleArn.split(':')[4] ?? '';
  return `arn:${partitionOf(roleArn)}:sts::${account}:assumed-role/${roleArn.split('/').at(-1)}/${session}`;
}
