import { isKnownIssuer } from '../identity/issuer.ts';
import type { PolicyDocument } from './document.ts';
import { awsProblems } from './grants/aws-role.ts';
import { FAULTS, type PolicyReason, type Problem } from './problem.ts';
import type { PolicyFile } from './schema.ts';
import { nearestName } from './spelling.ts';
import { termProblems } from './terms.ts';

/** Names that a suggestion is looked for in, and names that a message lists. */
const NAMES = 200;
const NAMES_SHOWN = 20;

type Note = (reason: PolicyReason, path: readonly (string | number)[], message: string) => void;

/** What a schema cannot say: names that must exist, ids that must differ, clauses that need each other. */
export function consistencyProblems(
  file: PolicyFile,
  document: PolicyDocument,
  allowLoopbackIssuer: boolean,
): readonly Problem[] {
  const problems: Problem[] = [];
  const note: Note = (reason, path, message) => {
    problems.push({ reason, message, path, ...document.place(path) });
  };
  if (!isKnownIssuer(file.issuer, allowLoopbackIssuer)) {
    note('POLICY_ISSUER', ['issuer'], `expected an issuer of GitHub, got ${file.issuer}`);
  }
  for (const { path, message } of termProblems(file)) note('POLICY_VALUE', path, message);
  for (const [name, grant] of Object.entries(file.grants)) {
    checkLogin(grant, ['grants', name], note);
    checkAws(grant, ['grants', name], note);
    checkGoogle(grant, ['grants', name], note);
  }
  const ids = new Set<string>();
  for (const [index, rule] of file.rules.entries()) {
    if (problems.length >= FAULTS) break;
    if (ids.has(rule.id)) note('POLICY_DUPLICATE', ['rules', index, 'id'], `rule id ${rule.id} is taken`);
    ids.add(rule.id);
    checkRule(rule, ['rules', index], file, note);
  }
  return problems;
}

function checkRule(
  rule: PolicyFile['rules'][number],
  path: readonly (string | number)[],
  file: PolicyFile,
  note: Note,
): void {
  const refer = (name: string, section: 'repositories' | 'grants', place: readonly (string | number)[]) => {
    if (Object.hasOwn(file[section], name)) return;
    const known = Object.keys(file[section]).slice(0, NAMES);
    const near = nearestName(name, known);
    const hint = near ? `did you mean ${near}?` : `known: ${known.slice(0, NAMES_SHOWN).join(', ')}`;
    note('POLICY_REFERENCE', place, `${name} is not in ${section}; ${hint}`);
  };
  refer(rule.repository, 'repositories', [...path, 'repository']);
  for (const [index, grant] of rule.grants.entries()) refer(grant, 'grants', [...path, 'grants', index]);
  const events = typeof rule.event_name === 'string' ? [rule.event_name] : rule.event_name?.one_of;
  if (rule.ref === undefined && !events?.every((event) => event === 'pull_request')) {
    note(
      'POLICY_REF_REQUIRED',
      path,
      `rule ${rule.id} needs a ref: it may be left out only where event_name is pull_request alone`,
    );
  }
}

/** `aws` and `oauth` belong to the login route of their name, `audience` to the two that hand Snowflake a token. */
function checkLogin(grant: PolicyFile['grants'][string], path: readonly string[], note: Note): void {
  if (grant.kind !== 'snowflake') return;
  const login = grant.login ?? 'relay';
  for (const key of ['aws', 'oauth'] as const) {
    if (login === key && grant[key] === undefined)
      note('POLICY_MISSING_KEY', path, `login ${login} needs the key ${key}`);
    if (login !== key && grant[key] !== undefined)
      note(
        'POLICY_VALUE',
        [...path, key],
        `${key} has no meaning with login ${login}; remove it or set login: ${key}`,
      );
  }
  if (grant.audience !== undefined && (login === 'aws' || login === 'oauth'))
    note(
      'POLICY_VALUE',
      [...path, 'audience'],
      `audience has no meaning with login ${login}: it is inside ${login}`,
    );
}

/** The role of a grant, or of its `s3`, within what AWS takes. */
function checkAws(grant: PolicyFile['grants'][string], path: readonly string[], note: Note): void {
  const place = 's3' in grant ? ['s3', 'aws'] : ['aws'];
  const written = 's3' in grant ? grant.s3?.aws : 'aws' in grant ? grant.aws : undefined;
  if (written === undefined) return;
  for (const { key, message } of awsProblems(written))
    note('POLICY_VALUE', [...path, ...place, key], message);
}

/** Keys that only an impersonated account has a use for. */
function checkGoogle(grant: PolicyFile['grants'][string], path: readonly string[], note: Note): void {
  if (grant.kind !== 'bigquery' || grant.service_account !== undefined) return;
  for (const key of ['delegates', 'lifetime_seconds'] as const) {
    if (grant[key] !== undefined)
      note('POLICY_VALUE', [...path, key], `${key} has no meaning without service_account`);
  }
}
