/**
 * Runs the built action the way the GitHub runner does: a Node process in the workspace, inputs with
 * the defaults of action.yml, the context as GITHUB_* variables, and real command files.
 *
 * What it cannot prove: anything about containers, about other steps of the job, or about the
 * tree kill that ends a cancelled step after 10 s.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { githubClaims } from './claims.ts';
import { readCommandFile, readStepLog, type StepLog } from './runner-commands.ts';

export const REPOSITORY_ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Node keeps what it compiled of dist/ from one process to the next, which a runner does not; that only saves time. */
export const COMPILED = { NODE_COMPILE_CACHE: join(tmpdir(), 'dbt-passport-compiled') };

export interface ActionCall {
  /** Folder the job works in; the process starts there. */
  readonly workspace: string;
  /** Inputs by their name in action.yml; those left out get their default. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** The context by its name, `run_id` for GITHUB_RUN_ID; what is left out agrees with `githubClaims`. */
  readonly github?: Readonly<Record<string, string>>;
  /** Over everything else; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `github.token`. */
  readonly token?: string;
  /** The files to run instead of the built ones. */
  readonly main?: string;
  readonly post?: string;
  /** Sends a signal once standard output matches. */
  readonly signal?: {
    readonly name: NodeJS.Signals;
    readonly after: RegExp;
    /** A second signal, if it has not ended by then. */
    readonly second?: { readonly name: NodeJS.Signals; readonly afterMs: number };
  };
  /** Called with each line of standard output as it comes. */
  readonly onLine?: (line: string) => void;
  /** Kills the process after this long; 120 s when not given. */
  readonly timeoutMs?: number;
}

export interface ActionResult {
  readonly call: ActionCall;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as the runner reads it. */
  readonly log: StepLog;
  /** What later steps get: GITHUB_OUTPUT over `set-output` commands. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly state: ReadonlyMap<string, string>;
  readonly summary: string;
  readonly envFile: string;
  readonly pathFile: string;
  readonly runnerTemp: string;
  /**
   * Files and folders in RUNNER_TEMP and HOME after the process ended, relative to HOME, without the
   * runner's own.
   */
  readonly leftovers: readonly string[];
  /** Milliseconds from start to exit. */
  readonly elapsedMs: number;
  /** Milliseconds from the first signal to exit; 0 when none was sent. */
  readonly afterSignalMs: number;
  /** Removes the folders of this job. */
  cleanup(): Promise<void>;
}

/** Runs the action's main step in a fresh job. */
export async function runAction(call: ActionCall): Promise<ActionResult> {
  const root = await mkdtemp(join(tmpdir(), 'runner-'));
  await mkdir(join(root, '_temp'));
  return await runStep(call, root, call.main ?? join(REPOSITORY_ROOT, 'dist', 'main.js'), new Map());
}

/** Runs the action's post step in the job of `main`, with the state that main saved. */
export async function runPost(main: ActionResult): Promise<ActionResult> {
  const { signal: _, ...call } = main.call;
  const file = call.post ?? join(REPOSITORY_ROOT, 'dist', 'post.js');
  return await runStep(call, join(main.runnerTemp, '..'), file, main.state);
}

const COMMAND_FOLDER = '_runner_file_commands';
const COMMAND_FILES = ['output', 'state', 'env', 'path', 'step_summary'] as const;

async function runStep(
  call: ActionCall,
  root: string,
  file: string,
  saved: ReadonlyMap<string, string>,
): Promise<ActionResult> {
  const runnerTemp = join(root, '_temp');
  const files = await commandFiles(join(runnerTemp, COMMAND_FOLDER));
  const env = {
    ...hostEnvironment(root, runnerTemp),
    ...contextEnvironment(call),
    ...(await inputEnvironment(call)),
    ...prefixed('STATE_', saved),
    ...Object.fromEntries([...files].map(([name, path]) => [`GITHUB_${name.toUpperCase()}`, path])),
    ...call.env,
  };
  const started = performance.now();
  const ended = await spawnNode(file, call, env);
  const elapsedMs = performance.now() - started;
  const text = async (name: (typeof COMMAND_FILES)[number]) => readFile(files.get(name) ?? '', 'utf8');
  const log = readStepLog(ended.stdout);
  return {
    call,
    ...ended,
    log,
    outputs: new Map([...log.outputs, ...readCommandFile(await text('output'))]),
    state: new Map([...log.state, ...readCommandFile(await text('state'))]),
    summary: await text('step_summary'),
    envFile: await text('env'),
    pathFile: await text('path'),
    runnerTemp,
    leftovers: await leftovers(root),
    elapsedMs,
    cleanup: () => rm(root, { recursive: true, force: true }),
  };
}

async function commandFiles(folder: string): Promise<ReadonlyMap<(typeof COMMAND_FILES)[number], string>> {
  await mkdir(folder, { recursive: true });
  const suffix = randomUUID();
  const files = new Map(COMMAND_FILES.map((name) => [name, join(folder, `${name}_${suffix}`)]));
  for (const path of files.values()) await writeFile(path, '');
  return files;
}

function hostEnvironment(root: string, runnerTemp: string): Record<string, string> {
  return {
    // The PATH of the machine, as the runner's own environment has it.
    PATH: process.env['PATH'] ?? '',
    HOME: root,
    LANG: 'C.UTF-8',
    ...COMPILED,
    CI: 'true',
    RUNNER_TEMP: runnerTemp,
    RUNNER_TOOL_CACHE: join(root, '_tool'),
    RUNNER_OS: process.platform === 'darwin' ? 'macOS' : 'Linux',
    RUNNER_ARCH: process.arch === 'arm64' ? 'ARM64' : 'X64',
    RUNNER_NAME: 'local',
    RUNNER_ENVIRONMENT: 'github-hosted',
  };
}

function contextEnvironment(call: ActionCall): Record<string, string> {
  const claims = new Map(Object.entries(githubClaims()).map(([name, value]) => [name, String(value)]));
  const claimed = (name: string): [string, string] => [name, claims.get(name) ?? ''];
  const context = new Map([
    ...['repository', 'repository_id', 'repository_owner', 'repository_owner_id', 'ref', 'ref_type'].map(
      claimed,
    ),
    ...['ref_protected', 'sha', 'event_name', 'head_ref', 'base_ref', 'actor', 'actor_id'].map(claimed),
    ...['workflow', 'workflow_ref', 'workflow_sha', 'run_id', 'run_number', 'run_attempt'].map(claimed),
    ['actions', 'true'],
    ['action', '__self'],
    ['job', 'dbt'],
    ['triggering_actor', call.github?.['actor'] ?? claims.get('actor') ?? ''],
    ['ref_name', (claims.get('ref') ?? '').replace(/^refs\/(heads|tags)\//, '')],
    ['server_url', 'https://github.com'],
    ['api_url', 'https://api.github.com'],
    ['graphql_url', 'https://api.github.com/graphql'],
    ['retention_days', '90'],
    ['workspace', call.workspace],
    ...Object.entries(call.github ?? {}),
  ] as const);
  return Object.fromEntries([...context].map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, value]));
}

async function inputEnvironment(call: ActionCall): Promise<Record<string, string>> {
  const action = parse(await readFile(join(REPOSITORY_ROOT, 'action.yml'), 'utf8')) as {
    inputs: Record<string, { default?: string }>;
  };
  const inputs = new Map(
    Object.entries(action.inputs).map(([name, { default: value = '' }]) => [
      name,
      String(value).replace(/\$\{\{ github\.token \}\}/, () => call.token ?? ''),
    ]),
  );
  for (const [name, value] of Object.entries(call.inputs ?? {})) {
    if (!inputs.has(name)) throw new Error(`action.yml has no input ${name}`);
    inputs.set(name, value);
  }
  return Object.fromEntries(
    [...inputs].map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  );
}

function prefixed(prefix: string, values: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...values].map(([name, value]) => [`${prefix}${name}`, value]));
}

function spawnNode(file: string, call: ActionCall, env: Readonly<Record<string, string | undefined>>) {
  type Ended = Pick<ActionResult, 'exitCode' | 'signal' | 'stdout' | 'stderr' | 'afterSignalMs'>;
  return new Promise<Ended>((resolve, reject) => {
    const child = spawn(process.execPath, [file], {
      cwd: call.workspace,
      env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: call.timeoutMs ?? 120_000,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    let waiting = call.signal;
    let signalled = Number.NaN;
    let second: NodeJS.Timeout | undefined;
    let shown = 0;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      for (let end = stdout.indexOf('\n', shown); end !== -1; end = stdout.indexOf('\n', shown)) {
        call.onLine?.(stdout.slice(shown, end));
        shown = end + 1;
      }
      if (waiting?.after.test(stdout) !== true) return;
      child.kill(waiting.name);
      signalled = performance.now();
      const { second: next } = waiting;
      if (next !== undefined) second = setTimeout(() => child.kill(next.name), next.afterMs);
      waiting = undefined;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      clearTimeout(second);
      resolve({ exitCode, signal, stdout, stderr, afterSignalMs: performance.now() - signalled || 0 });
    });
  });
}

/** Files and folders in the job's folder, without the runner's own. */
export async function leftovers(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => path !== '_temp' && !path.startsWith(join('_temp', COMMAND_FOLDER)))
    .sort();
}
