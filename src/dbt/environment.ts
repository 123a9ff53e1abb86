import { isStaticVariable } from '../credentials/static-variables.ts';
import { PassportError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { plain } from '../untrusted.ts';
import { asksNothing, settingOf } from './settings.ts';

/** Variables that a program needs to run at all, and those that only change how its output looks. */
const PLAIN_NAMES = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'TERM',
  'NO_COLOR',
  'VIRTUAL_ENV',
  'CI',
]);
/** `DBT_…` that is no setting of dbt (settings.ts) is how projects call their own variables. */
const PLAIN_PREFIXES = ['LC_', 'DBT_'];

/** `DBT_*` variables that hold secrets of other steps, besides those that static-variables.ts lists. A rule may name them. */
const SECRET_PREFIXES = ['DBT_ENV_SECRET', 'DBT_CLOUD_'];

/** The runner's own credentials and command files, this product's own names, and what loads foreign code into a process: never, even if a rule names it. */
const NEVER =
  /^(ACTIONS_|INPUT_|STATE_|DBT_PASSPORT_|LD_|DYLD_|BASH_ENV$|GITHUB_(TOKEN|ENV|OUTPUT|STATE|PATH|STEP_SUMMARY)$)/i;

/** A setting of dbt that is made although no command asks for it. Flags of a project are as written: dbt ignores some. */
export interface SettingFact {
  /** As it is written where it comes from: `DBT_DEBUG`, `fail_fast`. */
  readonly name: string;
  /** One line. */
  readonly value: string;
  /** environment: a variable of the job. project: `flags` of dbt_project.yml. user: `flags` of ~/.dbt/user_settings.yml. */
  readonly source: 'environment' | 'project' | 'user';
}

/** What of the job's environment dbt got, as far as it can matter. Names and, for settings alone, values. */
export interface EnvironmentFact {
  readonly settings: readonly SettingFact[];
  /** Settings of dbt that the job has and dbt did not get. */
  readonly dropped: readonly string[];
  /** Variables that code of the project can read: the project's own `DBT_…`, and what the rule lets through. */
  readonly variables: readonly string[];
}

export interface ChildEnvironment {
  readonly env: Readonly<Record<string, string>>;
  readonly fact: EnvironmentFact;
  /** What is a secret by its name and the rule lets through. */
  readonly secrets: readonly Secret[];
}

/**
 * The whole environment of dbt: an allowlist, so that a variable of an earlier step (a token, a cloud key, a
 * proxy, an endpoint, a Python path) reaches the project's code only if the rule names it in `allow`. A setting
 * of dbt passes by its own list alone, whatever the rule names. The stamps win over what the job has set.
 *
 * @throws PassportError ERR_ENVIRONMENT_UNSAFE for settings that would change what dbt does
 */
export function childEnvironment(
  parent: Readonly<Record<string, string | undefined>>,
  options: { readonly allow: readonly string[]; readonly stamps: Readonly<Record<string, string>> },
): ChildEnvironment {
  const allow = new Set(options.allow);
  const set = Object.entries(parent)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  refuseSettings(set);
  const passing = set.filter(([name]) => {
    const setting = settingOf(name);
    if (setting !== null) return setting.fate === 'passes';
    return mayPass(name) && (allow.has(name) || isPlain(name));
  });
  const passed = new Set(passing.map(([name]) => name));
  return {
    env: withoutProxyHere({ ...Object.fromEntries(passing), ...options.stamps }),
    secrets: passing.filter(([name]) => isSecret(name)).map(([, value]) => new Secret(value)),
    fact: {
      settings: passing
        .filter(([name]) => settingOf(name) !== null)
        .map(([name, value]) => ({ name, value: plain(value, 200), source: 'environment' })),
      dropped: set.map(([name]) => name).filter((name) => settingOf(name) !== null && !passed.has(name)),
      variables: [...passed].filter(
        (name) => settingOf(name) === null && !isMachine(name) && !(name in options.stamps),
      ),
    },
  };
}

/** Whether a variable can reach dbt at all, when the rule names it or by itself. */
export function mayPass(name: string): boolean {
  return !NEVER.test(name) && settingOf(name) === null;
}

/** Whether a variable reaches dbt without a word in the rule. */
export function passesByItself(name: string): boolean {
  return mayPass(name) && isPlain(name);
}

/** What a variable asks of dbt stands nowhere: not in the command, the plan or the record. */
function refuseSettings(set: readonly (readonly [string, string])[]): void {
  const refused = set.flatMap(([name, value]) => {
    const setting = settingOf(name);
    if (setting?.fate !== 'refused' || asksNothing(setting, value)) return [];
    return [{ name: plain(name, 100), option: setting.option ?? '' }];
  });
  if (refused.length === 0) return;
  const options = [...new Set(refused.map(({ option }) => option))].join(', ');
  throw new PassportError(
    'ERR_ENVIRONMENT_UNSAFE',
    `expected that only \`command\` says what dbt does, but the environment of the job has ${refused.map(({ name }) => name).join(', ')}`,
    {
      reason: 'ENV_DBT_SETTING',
      hint: `Write ${options} into \`command\`, where the plan and the record see it, and remove the variable from \`env:\` of the workflow and from steps that write to GITHUB_ENV before this one.`,
    },
  );
}

/**
 * Broker and relay are on this machine, and what is sent to them would open them for a proxy that the rule lets dbt
 * use. Both spellings, because libraries differ in which one they read first. `*` means every host only when alone.
 */
function withoutProxyHere(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const given = [env['NO_PROXY'], env['no_proxy']].flatMap((hosts) => hosts?.split(/[\s,]+/) ?? []);
  const hosts = [...new Set([...given, LOOPBACK])].filter((host) => host !== '');
  const direct = hosts.includes('*') ? '*' : hosts.join(',');
  return { ...env, NO_PROXY: direct, no_proxy: direct };
}

const LOOPBACK = '127.0.0.1';

function isPlain(name: string): boolean {
  if (isSecret(name)) return false;
  return PLAIN_NAMES.has(name) || PLAIN_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** What says nothing about the project or the warehouse. */
function isMachine(name: string): boolean {
  return PLAIN_NAMES.has(name) || name.startsWith('LC_');
}

function isSecret(name: string): boolean {
  return SECRET_PREFIXES.some((prefix) => name.startsWith(prefix)) || isStaticVariable(name);
}
