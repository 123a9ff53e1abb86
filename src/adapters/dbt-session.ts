import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { constants, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { Variables } from '../credentials/issued.ts';
import { type DbtCommand, isRetry } from '../dbt/command.ts';
import type { DbtEngine, DbtInvocation } from '../dbt/invocation.ts';
import { hasOption } from '../dbt/options.ts';
import { planFailure } from '../dbt/plan-failure.ts';
import type { FlagFiles } from '../dbt/project-flags.ts';
import { listArguments, ofKind, parseArguments, selectsNodes } from '../dbt/selection.ts';
import { readState, type StateNodes, stateFolder } from '../dbt/state.ts';
import { PassportError } from '../errors.ts';
import type { Clock, Dbt, DbtOutputs, DbtSession, DbtSetup, HoldsSecret } from '../ports.ts';

import { plain } from '../untrusted.ts';
import { collectArtifacts, readSince, sizeOf } from './dbt-files.ts';
import { installDbt } from './dbt-install.ts';
import { leaveOutputs } from './dbt-outputs.ts';
import { installedPackages } from './dbt-packages.ts';
import { DbtProcess, type Ended, isEnded, type Reply } from './dbt-process.ts';
import { type PrivateFolder, privateFolder } from './private-folder.ts';

/** Seconds for dbt to cancel its queries after SIGINT, before it is killed: not everything can be cancelled. */
const GRACE_SECONDS = 30;

export interface DbtOptions {
  /** The `dbt` input: see dbt-install.ts. */
  readonly dbt: string;
  /** The runner's temporary folder. */
  readonly tempDir: string;
  /** dbt's stdout and stderr as they come. */
  readonly output: (chunk: Uint8Array) => void;
  /** Calls the listener for each SIGINT or SIGTERM that this process gets; returns how to stop that. */
  readonly onSignal: (listener: (name: 'SIGINT' | 'SIGTERM') => void) => () => void;
  readonly clock: Clock;
  /** Seconds between SIGINT and SIGKILL. */
  readonly graceSeconds?: number;
}

/** The real dbt as a port: one Python process, in a private folder. See docs/decisions/0002-one-dbt-process.md. */
export function openDbt(options: DbtOptions): Dbt {
  return async (setup) => {
    const folder = await privateFolder(options.tempDir);
    try {
      return await start(options, setup, folder);
    } catch (error) {
      await folder.remove();
      throw error;
    }
  };
}

async function start(options: DbtOptions, setup: DbtSetup, folder: PrivateFolder): Promise<DbtSession> {
  const executable = await installDbt(options.dbt, {
    searchPath: setup.env['PATH'] ?? '',
    env: setup.env,
    folder: folder.path,
    output: options.output,
  });
  const places = await prepare(folder.path, setup);
  const child = new DbtProcess(executable.python, {
    cwd: places.home,
    env: places.env,
    output: options.output,
  });
  const stopListening = options.onSignal((name) => child.signal(name));
  const release = async () => {
    stopListening();
    await child.close(graceMs(options));
  };
  const hello = await child.next();
  const facts = isEnded(hello) ? undefined : hello['engine'];
  if (facts === undefined) {
    await release();
    throw new PassportError(
      'ERR_DBT_UNAVAILABLE',
      `dbt at ${executable.path} cannot be used: ${reasonOf(hello)}`,
      {
        hint: 'Install dbt-core 1.8 or later (not 2.x) and the adapter of your warehouse in one Python environment.',
      },
    );
  }
  const flagFiles = await readFlagFiles(setup);
  const { path, sha256 } = executable;
  const engine = { executable: path, sha256, ...(facts as Omit<DbtEngine, 'executable' | 'sha256'>) };
  return new Session({ options, setup, folder, places, child, engine, flagFiles, release });
}

interface Places {
  readonly home: string;
  readonly target: string;
  readonly log: string;
  readonly env: Readonly<Record<string, string>>;
}

async function prepare(folder: string, setup: DbtSetup): Promise<Places> {
  const home = join(folder, 'home');
  const profiles = join(folder, 'profiles');
  const target = join(folder, 'target');
  const logs = join(folder, 'logs');
  for (const path of [home, profiles, target, logs]) await mkdir(path, { mode: 0o700 });
  await writeFile(join(profiles, 'profiles.yml'), setup.profiles, { mode: 0o600 });
  // dbt from 1.12 on loads the nearest `.env` of its working folder and the folders above it, before anything else.
  // It therefore starts here, where this empty file ends the search, and moves to the project right after.
  await writeFile(join(home, '.env'), '', { mode: 0o600 });
  const env = {
    DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
    ...setup.env,
    DBT_LOG_LEVEL_FILE: 'info',
    // dbt would go on in another file after 10 MiB, and remove the oldest. 0: never.
    DBT_LOG_FILE_MAX_BYTES: '0',
    DBT_PROJECT_DIR: await realpath(setup.projectDir),
    DBT_PROFILES_DIR: profiles,
    DBT_PROFILE: 'passport',
    DBT_TARGET_PATH: target,
    DBT_LOG_PATH: logs,
    DBT_LOG_FORMAT_FILE: 'json',
    DBT_WRITE_JSON: 'true',
    PYTHONUNBUFFERED: '1',
  };
  return { home, target, log: join(logs, 'dbt.log'), env };
}

/** What dbt reads as flags. A file that is not there, or is none, sets nothing. */
async function readFlagFiles({ projectDir, env }: DbtSetup): Promise<FlagFiles> {
  const read = (file: string) => readFile(file, 'utf8').catch(() => null);
  return {
    project: await read(join(projectDir, 'dbt_project.yml')),
    user: await read(join(env['HOME'] || userInfo().homedir, '.dbt', 'user_settings.yml')),
  };
}

interface Parts {
  readonly options: DbtOptions;
  readonly setup: DbtSetup;
  readonly folder: PrivateFolder;
  readonly places: Places;
  readonly child: DbtProcess;
  readonly engine: DbtEngine;
  readonly flagFiles: FlagFiles;
  readonly release: () => Promise<void>;
}

class Session implements DbtSession {
  readonly engine: DbtEngine;
  readonly flagFiles: FlagFiles;
  readonly #parts: Parts;
  #parsed = false;
  /** What the last command could defer to: a `retry` does as it did. */
  #state: StateNodes | null = null;
  #closing: Promise<void> | null = null;
  #left = false;

  constructor(parts: Parts) {
    this.engine = parts.engine;
    this.flagFiles = parts.flagFiles;
    this.#parts = parts;
  }

  async list(command: DbtCommand): Promise<readonly string[]> {
    const request = { op: 'list', parse: parseArguments(command), args: listArguments(command) };
    const { nodes } = await this.#ask(
      request,
      `read the project or resolve the selection of "${command.text}"`,
    );
    this.#parsed = true;
    return ofKind(command, nodes as readonly string[]);
  }

  async manifest(): Promise<Uint8Array> {
    if (!this.#parsed) await this.#ask({ op: 'parse', parse: [] }, 'parse the project');
    this.#parsed = true;
    return await readFile(join(this.#parts.places.target, 'manifest.json'));
  }

  async invoke(command: DbtCommand, credentials: Variables): Promise<DbtInvocation> {
    const { child, options, places, setup } = this.#parts;
    const revealed = [...credentials].map(
      ([name, value]) => [name, typeof value === 'string' ? value : value.reveal()] as const,
    );
    const logSize = await sizeOf(places.log);
    // Before dbt reads it: code of the project could write there.
    this.#state = isRetry(command) ? this.#state : await stateOf(command, places.env);
    const state = this.#state;
    const startedAt = options.clock().toISOString();
    const limit = stopAfter(setup.timeoutSeconds, graceMs(options), child);
    const reply = await child.request({
      op: 'invoke',
      args: [...command.name.split(' '), ...command.args],
      parse: parseArguments(command),
      reuse: selectsNodes(command),
      credentials: Object.fromEntries(revealed),
    });
    limit.clear();
    this.#parsed = false;
    const { exitCode, signal } = outcomeOf(reply);
    const invocationId = isEnded(reply) ? '' : String(reply['id'] ?? '');
    const installs = command.name === 'deps' && exitCode === 0 && !hasOption(command.args, '--lock');
    return {
      command,
      exitCode,
      signal,
      invocationId,
      startedAt,
      finishedAt: options.clock().toISOString(),
      files: [
        ...(await collectArtifacts(places.target, invocationId)),
        { name: 'dbt.log', bytes: await readSince(places.log, logSize) },
      ],
      ...(state !== null && { state }),
      ...unmeasuredIn(reply),
      ...(installs && { installed: await installedPackages(setup.projectDir) }),
    };
  }

  async leave(holdsSecret: HoldsSecret): Promise<DbtOutputs | null> {
    const { folder, places, release } = this.#parts;
    await release();
    try {
      const left = await leaveOutputs(folder.path, holdsSecret);
      this.#left = true;
      return { target: places.target, ...left };
    } catch {
      // What could not be looked through does not stay: closing removes it.
      return null;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    await this.#parts.release();
    if (this.#left) return;
    // No run is red for what is left behind: the post step tries again, and warns.
    await this.#parts.folder.remove().catch(() => undefined);
  }

  async #ask(request: Readonly<Record<string, unknown>>, what: string): Promise<Reply> {
    const { child, setup, options } = this.#parts;
    const limit = stopAfter(setup.timeoutSeconds, graceMs(options), child);
    const reply = await child.request(request);
    limit.clear();
    if (!isEnded(reply) && reply['error'] === undefined) return reply;
    throw planFailure(what, reasonOf(reply), isEnded(reply) ? '' : String(reply['kind'] ?? ''));
  }
}

/** What the command can defer to or clone; null when that is nothing, or cannot be read: dbt itself then says so. */
async function stateOf(command: DbtCommand, env: Places['env']): Promise<StateNodes | null> {
  const folder = stateFolder(command);
  if (folder === null) return null;
  const path = resolve(env['DBT_PROJECT_DIR'] ?? '', folder, 'manifest.json');
  const bytes = await readFile(path).catch(() => null);
  return bytes === null ? null : readState(bytes);
}

function graceMs(options: DbtOptions): number {
  return (options.graceSeconds ?? GRACE_SECONDS) * 1000;
}

/** Stops dbt as Ctrl-C would when the time is over, and for good when that does not help. */
function stopAfter(seconds: number | undefined, grace: number, child: DbtProcess): { clear(): void } {
  if (seconds === undefined) return { clear: () => {} };
  const timers = [
    setTimeout(() => child.signal('SIGINT'), seconds * 1000),
    setTimeout(() => child.signal('SIGKILL'), seconds * 1000 + grace),
  ];
  return { clear: () => timers.forEach(clearTimeout) };
}

/** Only a run of `source freshness` has any. */
function unmeasuredIn(reply: Reply | Ended): Pick<DbtInvocation, 'unmeasured'> {
  const unmeasured = isEnded(reply) ? undefined : (reply['unmeasured'] as Record<string, string> | undefined);
  return unmeasured === undefined || Object.keys(unmeasured).length === 0 ? {} : { unmeasured };
}

/** The exit code as a shell would report it. A process that ends without a reply has not succeeded, whatever its code. */
function outcomeOf(reply: Reply | Ended): { exitCode: number; signal: string | null } {
  const signal = reply.signal as NodeJS.Signals | null | undefined;
  if (signal != null) return { exitCode: 128 + constants.signals[signal], signal };
  const code = isEnded(reply) ? reply.exitCode || 1 : Number(reply['exit'] ?? 2);
  return { exitCode: code, signal: code === 130 ? 'SIGINT' : null };
}

function reasonOf(reply: Reply | Ended): string {
  if (isEnded(reply)) return `its process ended (${reply.signal ?? `exit code ${reply.exitCode}`})`;
  // dbt's messages have several lines; the next line of a message would look like another one.
  return plain(String(reply['error']).replace(/\s*\n\s*/g, ' '), 2_000);
}
