import { constants } from 'node:fs';
import { access, open, readFile, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { PassportError } from '../errors.ts';
import { sha256 } from '../sha256.ts';
import { plain } from '../untrusted.ts';

/** A dbt that is found once and then used by its absolute path, whatever happens to PATH afterwards. */
export interface DbtExecutable {
  /** Absolute, resolved. */
  readonly path: string;
  /** SHA-256 of the file, lower-case hex. */
  readonly sha256: string;
  /** Absolute path of the Python that the file names in its first lines. Not resolved: a virtual environment is a link. */
  readonly python: string;
}

/**
 * Finds dbt: `name` as a path when it has a slash, otherwise along `searchPath`.
 *
 * @throws ERR_DBT_UNAVAILABLE when there is none, or when it is not the dbt that runs on Python.
 */
export async function findDbt(name: string, searchPath: string): Promise<DbtExecutable> {
  const found = await findProgram(name, searchPath);
  if (found === null) {
    throw unavailable(
      `expected an executable "${plain(name)}"${name.includes('/') ? '' : ' on PATH'}, got none`,
      name.includes('/')
        ? 'Correct the input `dbt`: a path is relative to the workspace, and an earlier step must have installed dbt there.'
        : 'Install dbt in an earlier step (`pip install dbt-core dbt-<adapter>`); when it is in a virtual environment, add its bin folder to GITHUB_PATH or set the input `dbt` to the path. A lock file or version works as well.',
    );
  }
  const path = await realpath(found);
  const digest = await sha256(await readFile(path));
  return { path, sha256: digest, python: await pythonOf(path, searchPath) };
}

/** The first executable file of that name along the path; null when there is none. */
export async function findProgram(name: string, searchPath: string): Promise<string | null> {
  // An empty or relative entry would mean the current folder, which is the repository's to fill.
  const folders = name.includes('/') ? [''] : searchPath.split(delimiter).filter(isAbsolute);
  for (const folder of folders) {
    const candidate = folder === '' ? resolve(name) : join(folder, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The interpreter of a Python console script, which its first lines name. */
async function pythonOf(script: string, searchPath: string): Promise<string> {
  const [first = '', second = ''] = (await firstBytes(script, 4096)).split('\n');
  const direct = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(first);
  if (direct === null) {
    throw unavailable(
      `${plain(script)} is not a Python program; dbt 2.x is not supported yet`,
      'Use dbt-core 1.8 or later (not 2.x) with an adapter, from PyPI.',
    );
  }
  const [, program = '', argument = ''] = direct;
  const byName = program.endsWith('/env');
  const named = byName ? await findProgram(argument, searchPath) : program;
  const python = executedBy(second, script) ?? named ?? argument;
  if (!/(^|\/)python[\d.]*$/.test(python)) {
    throw unavailable(
      `${plain(script)} is not a script of a Python environment: it starts with "${plain(first, 100)}"`,
      'Wrappers such as those of pyenv hide the real program: set the input `dbt` to it (e.g. the output of `pyenv which dbt`).',
    );
  }
  if (isAbsolute(python) && (await isExecutable(python))) return python;
  throw unavailable(
    `${plain(script)} needs the Python ${plain(python)}, which is ${byName ? 'not on PATH' : 'not there'}`,
    'The environment was moved, or made on another machine or in another container: make it anew in this job, before this step.',
  );
}

/**
 * The Python in the second line, where `#!` has no room for it (a path with a space, or of over some 120 characters)
 * or where the environment can be moved: `#!/bin/sh`, then `'''exec' '<python>' "$0" "$@"`. pip and uv write this,
 * with either kind of quotes; a relocatable environment says "the folder of this script". Undefined when it is none.
 */
function executedBy(line: string, script: string): string | undefined {
  const [, here, word] =
    /^'''exec'\s+("\$\(dirname -- "\$\(realpath -- "\$0"\)"\)"\/)?(\S.*?)\s+"\$0"\s+"\$@"\s*$/.exec(line) ??
    [];
  if (word === undefined) return undefined;
  const path = word.replace(/'([^']*)'|"([^"$`\\]*)"/g, '$1$2');
  return here === undefined ? path : join(dirname(script), path);
}

async function firstBytes(path: string, length: number): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function unavailable(message: string, hint: string): PassportError {
  return new PassportError('ERR_DBT_UNAVAILABLE', message, { hint });
}
