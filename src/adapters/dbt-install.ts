import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exec } from '@actions/exec';
import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';
import { type DbtExecutable, findDbt, findProgram } from './dbt-executable.ts';

export interface InstallPlace {
  /** PATH, to look for dbt and uv. */
  readonly searchPath: string;
  /** Environment of uv. */
  readonly env: Readonly<Record<string, string>>;
  /** Private folder in which a new environment is made; removed by its owner. */
  readonly folder: string;
  /** What uv prints. */
  readonly output: (chunk: Uint8Array) => void;
}

/**
 * The dbt that the input `dbt` asks for:
 * - empty or `dbt`: the one on PATH;
 * - a path to an executable;
 * - a lock file (`requirements.txt`, `*.lock`), each package with its hashes: installed by uv;
 * - a version and adapters, e.g. `1.11.16 dbt-duckdb==1.11.1`: installed by uv.
 *
 * @throws ERR_DBT_UNAVAILABLE when it cannot be had.
 */
export async function installDbt(input: string, place: InstallPlace): Promise<DbtExecutable> {
  const wanted = input.trim() || 'dbt';
  if (/\.(txt|lock)$/.test(wanted)) {
    return await install(place, ['sync', '--require-hashes', await lockFile(wanted)]);
  }
  if (/^\d/.test(wanted)) return await install(place, ['install', ...requirements(wanted)]);
  if (/\s/.test(wanted)) throw unreadable(wanted);
  return await findDbt(wanted, place.searchPath);
}

async function lockFile(path: string): Promise<string> {
  const absolute = resolve(path);
  if ((await stat(absolute).catch(() => null))?.isFile() === true) return absolute;
  throw new PassportError(
    'ERR_DBT_UNAVAILABLE',
    `the lock file ${plain(path)} of the input \`dbt\` does not exist`,
    {
      hint: 'Name it relative to the workspace, and check the repository out before this step.',
    },
  );
}

/** `1.11.16 dbt-duckdb==1.11.1` as requirements: exact versions only, nothing that uv could read as an option or a URL. */
function requirements(text: string): readonly string[] {
  const [version = '', ...rest] = text.split(/[\s,]+/);
  const exact = rest.every((word) => /^[A-Za-z][\w.-]*(\[[\w,-]+\])?==\d[\w.+!-]*$/.test(word));
  if (!/^\d[\w.+!-]*$/.test(version) || rest.length === 0 || !exact) throw unreadable(text);
  return [`dbt-core==${version}`, ...rest];
}

function unreadable(input: string): PassportError {
  return new PassportError(
    'ERR_DBT_UNAVAILABLE',
    `the input \`dbt\` is "${plain(input)}", which is none of its forms`,
    {
      hint: 'Give nothing (dbt on PATH), a path, a lock file with hashes, or e.g. `1.11.16 dbt-duckdb==1.11.1`.',
    },
  );
}

async function install(place: InstallPlace, args: readonly string[]): Promise<DbtExecutable> {
  const uv = await findProgram('uv', place.searchPath);
  if (uv === null) {
    throw new PassportError('ERR_DBT_UNAVAILABLE', 'installing dbt needs uv, and there is no "uv" on PATH', {
      hint: 'Add a step with astral-sh/setup-uv before this one, or `pip install uv`.',
    });
  }
  const venv = join(place.folder, 'venv');
  const python = join(venv, 'bin', 'python');
  await run(uv, ['venv', '--quiet', venv], place);
  // Wheels only: a source package would run its own code while it is built.
  await run(uv, ['pip', ...args, '--quiet', '--only-binary', ':all:', '--python', python], place);
  return await findDbt(join(venv, 'bin', 'dbt'), place.searchPath);
}

async function run(uv: string, args: readonly string[], place: InstallPlace): Promise<void> {
  // uv settings of the repository (uv.toml, pyproject.toml) could name another package index.
  const code = await exec(uv, [...args, '--no-config'], {
    cwd: place.folder,
    // The machine's own certificates, as pip uses them; the second name is for older versions of uv.
    env: { ...place.env, UV_SYSTEM_CERTS: 'true', UV_NATIVE_TLS: 'true' },
    silent: true,
    ignoreReturnCode: true,
    listeners: { stdout: place.output, stderr: place.output },
  });
  if (code === 0) return;
  throw new PassportError(
    'ERR_DBT_UNAVAILABLE',
    `uv ${args.slice(0, 2).join(' ')} ended with exit code ${code}`,
    {
      hint: 'uv says above what is wrong. A lock file needs hashes: `uv pip compile --generate-hashes --no-strip-extras`.',
    },
  );
}
