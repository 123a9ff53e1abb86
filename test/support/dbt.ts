import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DbtOptions, openDbt } from '../../src/adapters/dbt-session.ts';
import type { DbtCommand } from '../../src/dbt/command.ts';
import { parseCommands } from '../../src/dbt/command.ts';
import { childEnvironment } from '../../src/dbt/environment.ts';
import type { DbtInvocation } from '../../src/dbt/invocation.ts';
import { renderProfiles } from '../../src/dbt/profile.ts';
import type { DbtSession, DbtSetup } from '../../src/ports.ts';

/** The dbt that `.ci/setup.mjs dbt` installs; undefined when the tests are run without it. */
export const REAL_DBT = process.env['DBT_PASSPORT_DBT'];
export const WITHOUT_DBT = REAL_DBT === undefined ? ' (skipped: real dbt not installed: run npm test)' : '';
const EXAMPLE = fileURLToPath(new URL('../../examples/jaffle-shop', import.meta.url));

export interface Project {
  readonly path: string;
  /** Folder that stands for the runner's temporary folder. */
  readonly tempDir: string;
  write(file: string, text: string): Promise<void>;
  remove(): Promise<void>;
}

/** A copy of the example project, or a new project with one model. */
export async function project(kind: 'example' | 'small' = 'small'): Promise<Project> {
  const root = await mkdtemp(join(tmpdir(), 'dbt-test-'));
  const path = join(root, 'repository');
  const tempDir = join(root, 'temp');
  await mkdir(tempDir, { recursive: true });
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), text);
  };
  if (kind === 'example') await cp(EXAMPLE, path, { recursive: true });
  else {
    await write('dbt_project.yml', 'name: small\nversion: "1.0"\nprofile: other\n');
    await write('models/one.sql', 'select 1 as id');
  }
  return { path, tempDir, write, remove: () => rm(root, { recursive: true, force: true }) };
}

export interface Opened {
  readonly session: DbtSession;
  readonly output: () => string;
  readonly signal: (name: 'SIGINT' | 'SIGTERM') => void;
  run(command: string, credentials?: Parameters<DbtSession['invoke']>[1]): Promise<DbtInvocation>;
}

/** Opens the real dbt on a project, as the action does, with a DuckDB file in it. */
export async function open(
  { path, tempDir }: Project,
  change: Partial<DbtSetup> & {
    readonly parent?: Readonly<Record<string, string>>;
    readonly stamps?: Readonly<Record<string, string>>;
    readonly options?: Partial<DbtOptions>;
  } = {},
): Promise<Opened> {
  const chunks: Uint8Array[] = [];
  const listeners = new Set<(name: 'SIGINT' | 'SIGTERM') => void>();
  const dbt = openDbt({
    dbt: REAL_DBT ?? '',
    tempDir,
    output: (chunk) => chunks.push(chunk),
    onSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    clock: () => new Date(),
    ...change.options,
  });
  const parent = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...change.parent };
  const session = await dbt({
    projectDir: path,
    profiles: renderProfiles({ kind: 'duckdb', path: 'test.duckdb', schema: 'main', threads: 2 }, 'dev', {
      projectDir: path,
      credentials: 'federated',
      stamps: {},
      endpoints: {},
    }),
    env: childEnvironment(parent, { allow: [], stamps: change.stamps ?? {} }).env,
    ...change,
  });
  return {
    session,
    output: () => Buffer.concat(chunks).toString(),
    signal: (name) => {
      for (const listener of listeners) listener(name);
    },
    run: (text, credentials = new Map()) => session.invoke(command(text), credentials),
  };
}

export function command(text: string): DbtCommand {
  const [first] = parseCommands(text);
  if (first === undefined) throw new Error(`no command in ${text}`);
  return first;
}
