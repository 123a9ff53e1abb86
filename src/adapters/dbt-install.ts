import { readFile, stat, writeFile } from 'node:fs/promises';
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
    const lock = await lockFile(wanted);
    return await install(place, async () => ['sync', '--require-hashes', await withoutParser(lock, place)]);
  }
  if (/^\d/.test(wanted)) {
    const asked = requirements(wanted);
    return await install(place, async () => ['install', '--override', await noParser(place), ...asked]);
  }
  if (/\s/.test(wanted)) throw unreadable(wanted);
  return await findDbt(wanted, place.searchPath);
}

/**
 * dbt-core 1.12 asks for this package, a source package that fetches a program when it is installed. It is another
 * parser, which dbt starts only with use_v2_parser; without that, and here always, dbt never looks for it.
 */
const PARSER = 'dbt-core-experimental-parser';

/** For uv: a package that no Python needs is not looked for. */
async function noParser({ folder }: InstallPlace): Promise<string> {
  const override = join(folder, 'override.txt');
  await writeFile(override, `${PARSER} ; python_version < "0"\n`);
  return override;
}

/** The lock file, or a copy of it that leaves the parser out. A lock is whole: nothing in it asks for more. */
async function withoutParser(path: string, place: InstallPlace): Promise<string> {
  const text = await readFile(path, 'utf8');
  const entry = new RegExp(
    `^${PARSER.replaceAll('-', '[-_.]+')}[ \\t]*(==|@|;|\\\\|$)(.*\\\\\\r?\\n)*.*$`,
    'gim',
  );
  const rest = text.replace(entry, '');
  if (rest === text) return path;
  place.output(
    Buffer.from(`${PARSER} of the lock file is left out: it is a source package, and dbt runs without it\n`),
  );
  const copy = join(place.folder, 'lock.txt');
  await writeFile(copy, rest);
  return copy;
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

async function install(
  place: InstallPlace,
  command: () => Promise<readonly string[]>,
): Promise<DbtExecutable> {
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
  await run(
    uv,
    ['pip', ...(await command()), '--quiet', '--only-binary', ':all:', '--python', python],
    place,
  );
  return await findDbt(join(venv, 'bin', 'dbt'), place.searchPath);
}

async function run(uv: string, args: readonly string[], place: InstallPlace): Promise<void> {
  let said = '';
  const output = (chunk: Uint8Array) => {
    said = `${said}${Buffer.from(chunk).toString()}`.slice(-LONGEST_SAID);
    place.output(chunk);
  };
  // uv settings of the repository (uv.toml, pyproject.toml) could name another package index.
  const code = await exec(uv, [...args, '--no-config'], {
    cwd: place.folder,
    // The machine's own certificates, as pip uses them; the second name is for older versions of uv.
    env: { ...place.env, UV_SYSTEM_CERTS: 'true', UV_NATIVE_TLS: 'true' },
    silent: true,
    ignoreReturnCode: true,
    listeners: { stdout: output, stderr: output },
  });
  if (code === 0) return;
  throw new PassportError(
    'ERR_DBT_UNAVAILABLE',
    `uv ${args.slice(0, 2).join(' ')} ended with exit code ${code}`,
    { hint: `uv says above what is wrong. ${causeIn(said)}` },
  );
}

/** As much of uv's words as a cause is looked for in. */
const LONGEST_SAID = 16_384;

/** What to change where uv's words name the cause. */
function causeIn(said: string): string {
  const [, source] = /[`'" ]?([\w.-]+)(?:==\S+)? has no usable wheels/.exec(said) ?? [];
  if (source !== undefined || said.includes('building from source is disabled'))
    return `${source === undefined ? 'A package' : plain(source, 100)} has no wheel for this machine, and source packages run code of their own while they are installed: take a version that has one, or install dbt in an earlier step.`;
  if (/\bhash(es)?\b/i.test(said))
    return 'A lock file needs the hashes of each package: `uv pip compile --generate-hashes --no-strip-extras`.';
  return 'Correct the versions or the lock file that it names; without a way to the package index, install dbt in an earlier step.';
}
