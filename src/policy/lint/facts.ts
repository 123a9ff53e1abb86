import * as v from 'valibot';
import { PassportError } from '../../errors.ts';
import { sameName } from '../../identity/claims.ts';
import { plain } from '../../untrusted.ts';
import type { Policy, Repository } from '../policy.ts';
import { issueText } from '../schema-issue.ts';
import type { Finding } from './codes.ts';

const environment = v.strictObject({
  node_id: v.string(),
  /** People and teams that must approve. */
  reviewers: v.number(),
  /** Whether only some branches or tags may deploy. */
  branch_policy: v.boolean(),
  admin_bypass: v.boolean(),
});

const repository = v.strictObject({
  full_name: v.string(),
  owner_id: v.string(),
  visibility: v.picklist(['public', 'private', 'internal']),
  /** Of the owner, as GitHub names it: free, pro, team, enterprise. */
  plan: v.exactOptional(v.string()),
  /** Whether `sub` has the immutable shape. */
  immutable_subject: v.exactOptional(v.boolean()),
  environments: v.record(v.string(), environment),
});

const schema = v.strictObject({ repositories: v.record(v.string(), repository) });

/** What GitHub says of the repositories of a policy, by their ids. docs/lint.md shows the commands that collect it. */
export type GitHubFacts = v.InferOutput<typeof schema>;
type RepositoryFacts = v.InferOutput<typeof repository>;

/** @throws PassportError ERR_INPUT_INVALID with the place of the first fault */
export function readFacts(value: unknown): GitHubFacts {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new PassportError('ERR_INPUT_INVALID', `expected facts of GitHub; ${issueText(issue)}`, {
    hint: 'docs/lint.md shows the facts of GitHub and the commands that collect them.',
  });
}

/** W01 to W05 and W08, for what the facts hold. */
export function factFindings(policy: Policy, facts: GitHubFacts): readonly Finding[] {
  const known = (one: Repository) =>
    Object.hasOwn(facts.repositories, one.repositoryId) ? facts.repositories[one.repositoryId] : undefined;
  return [
    ...[...policy.repositories].flatMap(([name, one]) =>
      repositoryFindings(policy, ['repositories', name], one, known(one)),
    ),
    ...policy.rules.flatMap((rule, index) => {
      const fact = known(rule.repository);
      const path = ['rules', index, 'environment'];
      return fact === undefined ? [] : environmentFindings(rule.environment, path, fact);
    }),
  ];
}

function repositoryFindings(
  policy: Policy,
  path: Finding['path'],
  one: Repository,
  fact: RepositoryFacts | undefined,
): readonly Finding[] {
  if (fact === undefined) {
    return [{ code: 'W02', path, message: `GitHub shows no repository with the id ${one.repositoryId}` }];
  }
  const found: Finding[] = [];
  const note = (code: Finding['code'], message: string) => found.push({ code, path, message });
  const name = plain(fact.full_name, 200);
  if (!sameName(fact.full_name, one.name))
    note('W02', `the id ${one.repositoryId} is ${name}, not ${one.name}`);
  if (fact.owner_id !== one.ownerId)
    note('W02', `the owner of ${name} has the id ${plain(fact.owner_id, 30)}, not ${one.ownerId}`);
  if (fact.visibility === 'public')
    note('W01', `${name} is public: anybody can read its logs and open pull requests`);
  if (fact.immutable_subject === true && policy.subTemplate === undefined)
    note('W05', `${name} issues immutable subjects, and the policy takes those by names too`);
  if (fact.visibility === 'private' && ['free', 'pro', 'team'].includes(fact.plan ?? ''))
    note('W08', `${name} is private on the plan ${fact.plan}: its environments have no reviewers`);
  return found;
}

function environmentFindings(
  wanted: { readonly name: string; readonly nodeId?: string },
  path: Finding['path'],
  { environments }: RepositoryFacts,
): readonly Finding[] {
  const fact = Object.entries(environments).find(([name]) => sameName(name, wanted.name))?.[1];
  if (fact === undefined) {
    const message = `the environment ${wanted.name} does not exist: the first job that names it makes it, without protection`;
    return [{ code: 'W03', path, message }];
  }
  const found: Finding[] = [];
  if (wanted.nodeId !== undefined && wanted.nodeId !== fact.node_id)
    found.push({
      code: 'W02',
      path,
      message: `the environment ${wanted.name} is ${plain(fact.node_id, 100)}, not ${wanted.nodeId}`,
    });
  if (fact.reviewers === 0 && !fact.branch_policy)
    found.push({
      code: 'W03',
      path,
      message: `the environment ${wanted.name} has neither reviewers nor a branch policy`,
    });
  if (fact.admin_bypass)
    found.push({
      code: 'W04',
      path,
      message: `administrators pass the protection of the environment ${wanted.name}`,
    });
  return found;
}
