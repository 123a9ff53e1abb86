import * as v from 'valibot';
import { ACTOR_CLASSES } from '../identity/actor-class.ts';
import { grantSchema } from './grant-kinds.ts';
import {
  AUDIENCE,
  BOOLEAN,
  closed,
  DATE,
  DAYS,
  ENVIRONMENT,
  ID,
  INSTANT,
  ISSUER,
  listOf,
  NAME,
  named,
  oneOrMore,
  REF,
  REF_GLOB,
  REPOSITORY,
  SELECTOR,
  SENTENCE,
  SHA,
  text,
  WORKFLOW_PATH,
  word,
} from './scalars.ts';

/**
 * What a person writes, as a closed schema: docs/schema/policy-1.json is generated from it.
 * Names that must exist elsewhere in the file are checked in consistency.ts.
 */

/** Events that may carry a grant. Those that run on foreign input with the base repository's trust are absent. */
export const EVENTS = [
  'push',
  'schedule',
  'workflow_dispatch',
  'pull_request',
  'merge_group',
  'release',
  'deployment',
  'repository_dispatch',
] as const;

const COMMANDS = [
  'build',
  'run',
  'test',
  'seed',
  'snapshot',
  'compile',
  'parse',
  'ls',
  'list',
  'deps',
  'docs generate',
  'source freshness',
  'show',
  'clone',
  'run-operation',
] as const;

const repository = closed({ name: REPOSITORY, repository_id: ID, repository_owner_id: ID });

const environment = v.union([
  ENVIRONMENT,
  closed({
    name: ENVIRONMENT,
    node_id: v.optional(text(/^[A-Za-z0-9_=-]{1,100}$/, 'the node id of the environment')),
  }),
]);

const ref = v.union([
  REF,
  v.pipe(
    closed({ equals: v.optional(REF), one_of: v.optional(listOf(REF)), glob: v.optional(REF_GLOB) }),
    v.minEntries(1, 'exactly one of equals, one_of, glob'),
    v.maxEntries(1, 'exactly one of equals, one_of, glob'),
  ),
]);

const dbt = closed({
  target: v.optional(text(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, 'a dbt target name')),
  commands: v.optional(listOf(word(COMMANDS))),
  within: v.optional(listOf(SELECTOR)),
  never: v.optional(listOf(SELECTOR)),
  full_refresh: v.optional(BOOLEAN),
  max_minutes: v.optional(text(/^[1-9][0-9]{0,3}$/, 'minutes from 1 to 9999')),
  env: v.optional(
    listOf(
      text(
        /^(?!ACTIONS_|INPUT_|RUNNER_|GITHUB_TOKEN$|LD_|DYLD_|PYTHON|NODE_)[A-Za-z_][A-Za-z0-9_]{0,99}$/,
        'the name of an environment variable that gives dbt neither a token of the runner nor code to load',
      ),
    ),
  ),
});

const rule = closed({
  id: NAME,
  repository: NAME,
  environment,
  ref: v.optional(ref),
  ref_protected: v.optional(word(['true', 'false', 'any'])),
  event_name: v.optional(oneOrMore(word(EVENTS))),
  runner_environment: v.optional(oneOrMore(word(['github-hosted', 'self-hosted']))),
  repository_visibility: v.optional(oneOrMore(word(['private', 'internal', 'public']))),
  job_workflow: v.optional(closed({ path: WORKFLOW_PATH, sha: listOf(SHA) })),
  actor_id: v.optional(oneOrMore(ID)),
  actor_class: v.optional(oneOrMore(word(ACTOR_CLASSES))),
  allow_self_hosted: v.optional(SENTENCE),
  tag_ruleset: v.optional(SENTENCE),
  break_glass: v.optional(closed({ reason: SENTENCE, expires: INSTANT })),
  last_reviewed: v.optional(DATE),
  max_age_days: v.optional(DAYS),
  grants: v.pipe(listOf(NAME), v.maxLength(1, 'exactly one grant')),
  credentials: v.optional(word(['federated', 'ambient'])),
  static_credentials: v.optional(word(['scrub', 'refuse'])),
  checkout: v.optional(
    v.union([word(['token_commit', 'any']), closed({ repositories: listOf(REPOSITORY) })]),
  ),
  max_ttl_seconds: v.optional(text(/^[1-9][0-9]{2,4}$/, 'seconds from 100 to 99999')),
  dbt: v.optional(dbt),
});

export const policyFileSchema = closed({
  version: v.literal('1', '"1"'),
  policy_id: v.optional(NAME),
  serial: v.optional(text(/^[1-9][0-9]{0,14}$/, 'a serial number: digits without a leading zero')),
  not_after: v.optional(INSTANT),
  last_reviewed: v.optional(DATE),
  max_age_days: v.optional(DAYS),
  mode: v.optional(word(['enforce', 'audit'])),
  issuer: ISSUER,
  audience: AUDIENCE,
  sub_template: v.optional(
    v.union([word(['legacy', 'immutable']), listOf(text(/^[a-z][a-z0-9_]{0,63}$/, 'the name of a claim'))]),
  ),
  repositories: named(repository),
  grants: named(grantSchema),
  rules: listOf(rule),
  deny: v.optional(
    closed({
      actor_id: v.optional(v.array(ID, 'a list')),
      repository_id: v.optional(v.array(ID, 'a list')),
      job_workflow_sha: v.optional(v.array(SHA, 'a list')),
    }),
  ),
});

export type PolicyFile = v.InferOutput<typeof policyFileSchema>;
