import { PassportError } from './errors.ts';
import { plain } from './untrusted.ts';

/** What is known of the machine and of the server before anything else. */
export interface HostFacts {
  /** `process.platform` */
  readonly platform: string;
  /** GITHUB_SERVER_URL */
  readonly serverUrl: string;
}

/** A variable that deserves attention: its name, never its value. */
export interface EnvironmentFinding {
  readonly variable: string;
  readonly reason: 'ENV_TLS' | 'ENV_UNSECURE_COMMANDS' | 'ENV_DEBUG' | 'ENV_ENDPOINT' | 'ENV_PROXY';
  /** What it does here. */
  readonly effect: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Refuses an environment in which the run could not be believed. An earlier step of the job can set any
 * variable but NODE_OPTIONS, GITHUB_* and RUNNER_* through GITHUB_ENV, and the job's `env:` any at all.
 * @returns what does not stop the run but belongs in the log: proxies, whose TLS still proves the other side
 * @throws PassportError ERR_PLATFORM_UNSUPPORTED, or ERR_ENVIRONMENT_UNSAFE with every refused variable
 */
export function refuseUnsafeEnvironment(env: Environment, host: HostFacts): readonly EnvironmentFinding[] {
  if (host.platform !== 'linux' && host.platform !== 'darwin') {
    throw new PassportError(
      'ERR_PLATFORM_UNSUPPORTED',
      `expected a Linux or macOS runner, got ${plain(host.platform, 50)}`,
      { hint: 'Change `runs-on:` of the job, for example to ubuntu-latest. Windows is not tested yet.' },
    );
  }
  const refused = [...tls(env, host), ...unsecureCommands(env), ...debug(env), ...endpoints(env)];
  const [first] = refused;
  if (first !== undefined) {
    const list = refused.map(({ variable, effect }) => `${plain(variable, 100)} ${effect}`).join('; ');
    throw new PassportError('ERR_ENVIRONMENT_UNSAFE', `expected a safe environment, but ${list}`, {
      reason: first.reason,
      hint: `Remove ${refused.map(({ variable }) => plain(variable, 100)).join(', ')} from \`env:\` of the workflow, from steps that write to GITHUB_ENV before this one, and from the runner's own settings.`,
    });
  }
  return proxies(env);
}

/** Node's switches for whom TLS believes. A company's own server may need its own authority. */
function tls(env: Environment, host: HostFacts): EnvironmentFinding[] {
  const found: EnvironmentFinding[] = [];
  const add = (variable: string, effect: string) => found.push({ variable, reason: 'ENV_TLS', effect });
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    add('NODE_TLS_REJECT_UNAUTHORIZED', 'turns off TLS checks');
  }
  if (!isPublicServer(host.serverUrl)) return found;
  if (isSet(env, 'NODE_EXTRA_CA_CERTS')) add('NODE_EXTRA_CA_CERTS', 'adds a certificate authority');
  // Node takes `_` for `-`.
  if (/--(use-(openssl|system)-ca|tls-)/.test((env['NODE_OPTIONS'] ?? '').replaceAll('_', '-'))) {
    add('NODE_OPTIONS', 'changes TLS checks');
  }
  const systemStore = isSet(env, 'NODE_USE_SYSTEM_CA') && env['NODE_USE_SYSTEM_CA'] !== '0';
  for (const variable of ['SSL_CERT_FILE', 'SSL_CERT_DIR'].filter(
    (name) => systemStore && isSet(env, name),
  )) {
    add(
      variable,
      'replaces the certificate authorities of the system, which NODE_USE_SYSTEM_CA lets Node use',
    );
  }
  return found;
}

/** github.com or a ghe.com tenant. A URL that cannot be read counts as public: the stricter case. */
function isPublicServer(serverUrl: string): boolean {
  const host = URL.parse(serverUrl)?.hostname ?? 'github.com';
  return host === 'github.com' || host.endsWith('.ghe.com');
}

/** With it the runner obeys `set-env` and `add-path` in any output. It reads the value as .NET does. */
function unsecureCommands(env: Environment): EnvironmentFinding[] {
  const variable = 'ACTIONS_ALLOW_UNSECURE_COMMANDS';
  if ((env[variable] ?? '').trim().toLowerCase() !== 'true') return [];
  return [{ variable, reason: 'ENV_UNSECURE_COMMANDS', effect: 'lets output change the job' }];
}

/** With it Node writes requests of this step to the log, headers with tokens among them. It is read before any of our code runs. */
function debug(env: Environment): EnvironmentFinding[] {
  return matching(env, [/^NODE_DEBUG(_NATIVE)?$/], 'ENV_DEBUG', 'writes tokens to the log');
}

/** Each sends the requests of a cloud's library to another host. */
const ENDPOINTS = [
  /^AWS_ENDPOINT_URL(_|$)/,
  /^GOOGLE_API_/,
  /^GOOGLE_CLOUD_UNIVERSE_DOMAIN$/,
  /^CLOUDSDK_API_ENDPOINT_OVERRIDES_/,
  /^CLOUDSDK_CORE_UNIVERSE_DOMAIN$/,
  /^SNOWFLAKE_HOST$/,
];

function endpoints(env: Environment): EnvironmentFinding[] {
  return matching(env, ENDPOINTS, 'ENV_ENDPOINT', 'sends requests for credentials to another host');
}

const PROXIES = [/^(HTTP|HTTPS|ALL)_PROXY$/i, /^NODE_USE_ENV_PROXY$/];

function proxies(env: Environment): EnvironmentFinding[] {
  return matching(env, PROXIES, 'ENV_PROXY', 'sends requests through a proxy');
}

function matching(
  env: Environment,
  patterns: readonly RegExp[],
  reason: EnvironmentFinding['reason'],
  effect: string,
): EnvironmentFinding[] {
  return Object.keys(env)
    .filter((name) => isSet(env, name) && patterns.some((pattern) => pattern.test(name)))
    .sort()
    .map((variable) => ({ variable, reason, effect }));
}

function isSet(env: Environment, name: string): boolean {
  return (env[name] ?? '') !== '';
}
