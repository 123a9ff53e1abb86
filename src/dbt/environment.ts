import { isStaticVariable } from '../credentials/static-variables.ts';
import { Secret } from '../secret.ts';

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
const PLAIN_PREFIXES = ['LC_', 'DBT_'];

/** `DBT_*` variables that hold secrets of other steps, besides those that static-variables.ts lists. A rule may name them. */
const SECRET_PREFIXES = ['DBT_ENV_SECRET', 'DBT_CLOUD_'];

/**
 * Settings of dbt that would move its folders, profile or log, widen a command beyond what was planned,
 * or send artifacts away. dbt reads each with and without `ENGINE_`; no rule can let them through.
 */
const REDIRECTING = new Set(
  [
    'PROFILES_DIR',
    'PROFILE',
    'PROJECT_DIR',
    'TARGET',
    'TARGET_PATH',
    'LOG_PATH',
    'LOG_FORMAT',
    'LOG_FORMAT_FILE',
    'WRITE_JSON',
    'PARTIAL_PARSE_FILE_PATH',
    'PARTIAL_PARSE_FILE_DIFF',
    'RECORD_TIMING_INFO',
    'FULL_REFRESH',
    'RESOURCE_TYPES',
    'EXCLUDE_RESOURCE_TYPES',
    'EXPORT_SAVED_QUERIES',
    'INCLUDE_SAVED_QUERY',
    'HOST',
    'UPLOAD_TO_ARTIFACTS_INGEST_API',
    'PACKAGE_HUB_URL',
    'DOWNLOAD_DIR',
    'RECORDER_MODE',
    'RECORDER_FILE_PATH',
    'RECORDED_FILE_PATH',
    'RECORDER_TYPES',
  ].flatMap((name) => [`DBT_${name}`, `DBT_ENGINE_${name}`]),
);

/** The runner's own credentials and command files, this product's own names, and what loads foreign code into a process: never, even if a rule names it. */
const NEVER =
  /^(ACTIONS_|INPUT_|STATE_|DBT_PASSPORT_|LD_|DYLD_|BASH_ENV$|GITHUB_(TOKEN|ENV|OUTPUT|STATE|PATH|STEP_SUMMARY)$)/i;

export interface ChildEnvironment {
  readonly env: Readonly<Record<string, string>>;
  /** Names that were set and are not passed on, sorted. */
  readonly dropped: readonly string[];
  /** What is a secret by its name and the rule lets through. */
  readonly secrets: readonly Secret[];
}

/**
 * The whole environment of dbt: an allowlist, so that a variable of an earlier step (a token, a cloud key, a
 * proxy, an endpoint, a Python path) reaches the project's code only if the rule names it in `allow`.
 * The stamps win over what the job has set.
 */
export function childEnvironment(
  parent: Readonly<Record<string, string | undefined>>,
  options: { readonly allow: readonly string[]; readonly stamps: Readonly<Record<string, string>> },
): ChildEnvironment {
  const allow = new Set(options.allow);
  const set = Object.entries(parent).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const passes = ([name]: readonly [string, string]) =>
    !NEVER.test(name) && !REDIRECTING.has(name) && (allow.has(name) || isPlain(name));
  return {
    env: withoutProxyHere({ ...Object.fromEntries(set.filter(passes)), ...options.stamps }),
    secrets: set.filter((entry) => passes(entry) && isSecret(entry[0])).map(([, value]) => new Secret(value)),
    dropped: set
      .filter((entry) => !passes(entry))
      .map(([name]) => name)
      .sort(),
  };
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

function isSecret(name: string): boolean {
  return SECRET_PREFIXES.some((prefix) => name.startsWith(prefix)) || isStaticVariable(name);
}
