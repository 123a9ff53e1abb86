import { findProfileKeys } from '../dbt/profile-keys.ts';
import { PassportError } from '../errors.ts';
import type { Grant } from '../policy/grant-types.ts';
import type { Rule } from '../policy/policy.ts';
import type { Request } from '../request.ts';
import { plain } from '../untrusted.ts';
import { ambientVariables } from './ambient-variables.ts';
import type { CredentialFiles } from './credential-files.ts';
import { isStaticVariable } from './static-variables.ts';

/** A long-lived key that lies about: its name and its place, never its value. */
export interface StaticFinding {
  /** Name of the variable, or the path of the key in profiles.yml, e.g. `shop.outputs.prod.password`. */
  readonly variable: string;
  /** `environment`, or file and line, e.g. `dbt/profiles.yml:7`. */
  readonly where: string;
}

/** What became of it. `scrubbed`: dbt did not get it. `refused`: the run stopped for it. `passed`: the rule lets dbt have it. */
export interface StaticCredential extends StaticFinding {
  readonly outcome: 'scrubbed' | 'refused' | 'passed';
}

/** Every long-lived key that was found, and what becomes of each under the rule. An empty list: looked, and found none. */
export function staticCredentials(
  { environment, files }: Pick<Request, 'environment' | 'files'>,
  rule: Rule,
  grant: Grant,
): readonly StaticCredential[] {
  return checkStaticCredentials(findStaticCredentials(environment, files), rule, grant);
}

export function findStaticCredentials(
  environment: Request['environment'],
  files: CredentialFiles,
): readonly StaticFinding[] {
  const variables = Object.keys(environment)
    .filter((name) => (environment[name] ?? '') !== '' && isStaticVariable(name))
    .filter((name) => name !== 'GOOGLE_APPLICATION_CREDENTIALS' || files.google?.federated !== true)
    .sort()
    .map((variable) => ({ variable: plain(variable, 100), where: 'environment' }));
  return [...variables, ...profileFindings(files)];
}

function profileFindings({ profiles }: CredentialFiles): readonly StaticFinding[] {
  if (profiles === null) return [];
  const keys = profiles.text === null ? null : findProfileKeys(profiles.text);
  // What cannot be read may hold anything.
  if (keys === null) return [{ variable: 'the whole file', where: plain(profiles.path) }];
  return keys.map(({ path, line }) => ({
    variable: plain(path, 200),
    where: `${plain(profiles.path)}:${line}`,
  }));
}

/**
 * The rule on each finding. dbt gets a variable only if the rule names it in `dbt.env`, or takes ambient credentials
 * and this grant needs it; it never reads the project's own profiles.yml. `refuse` spares only what ambient needs.
 */
export function checkStaticCredentials(
  findings: readonly StaticFinding[],
  rule: Pick<Rule, 'credentials' | 'staticCredentials' | 'dbt'>,
  grant: Grant,
): readonly StaticCredential[] {
  const needed = rule.credentials === 'ambient' ? ambientVariables(grant) : [];
  return findings.map((finding) => {
    const fromEnvironment = finding.where === 'environment';
    if (fromEnvironment && needed.includes(finding.variable)) return { ...finding, outcome: 'passed' };
    if (rule.staticCredentials === 'refuse') return { ...finding, outcome: 'refused' };
    const named = fromEnvironment && rule.dbt.env.includes(finding.variable);
    return { ...finding, outcome: named ? 'passed' : 'scrubbed' };
  });
}

/**
 * Stops the run when the rule refuses what was found; to be called before anything is issued.
 * @throws PassportError ERR_STATIC_CREDENTIAL naming every one
 */
export function refuseStatic(found: readonly StaticCredential[]): void {
  const refused = found.filter(({ outcome }) => outcome === 'refused');
  const [first] = refused;
  if (first === undefined) return;
  const list = refused.map(({ variable, where }) => `${variable} (${where})`).join(', ');
  const place = /^(.+):(\d+)$/.exec(refused.find(({ where }) => where !== 'environment')?.where ?? '');
  throw new PassportError(
    'ERR_STATIC_CREDENTIAL',
    `the rule expects no long-lived credential in the job, but there is ${plain(list, 1000)}`,
    {
      reason: first.where === 'environment' ? 'ENV_STATIC_CREDENTIAL' : 'PROFILE_STATIC_CREDENTIAL',
      hint: 'Remove variables from `env:` of the workflow and from steps that write GITHUB_ENV, and delete keys from profiles.yml (the rule makes the profile). Revoke what was committed. Or the owner of the policy sets `static_credentials: scrub`.',
      ...(place && { place: { file: place[1] ?? '', line: Number(place[2]) } }),
    },
  );
}
