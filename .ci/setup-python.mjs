// Python programs, each in a virtual environment of its lock: uv installs the files that the lock names by hash, and
// nothing is left to resolve, so what appears on an index tomorrow changes nothing.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { uvEnvironment } from './setup-index.mjs';
import { CACHE, ROOT, SetupError, say, steps } from './setup-step.mjs';

const UV_LOCK = '.ci/uv-requirements.txt';
const ONLY_LOCKED = ['--require-hashes', '--only-binary', ':all:'];

/**
 * Installs what `tool.lock` pins, and gives the paths of `tool.programs` by their variable. An `optional` tool for
 * which every Python is too old is left out, with a line that says so.
 */
export async function installPythonTool(name, tool) {
  const python = findPython(tool.minor);
  if (python.path === undefined) {
    const reason = `${name} needs Python 3.${tool.minor} or later; ${python.facts}`;
    if (!tool.optional) throw new SetupError(reason);
    say(`${reason}: tests that need it are skipped`);
    return {};
  }
  const home = name === 'uv' ? await uvHome(python) : await environment(name, tool, python);
  return Object.fromEntries(
    Object.entries(tool.programs).map(([variable, program]) => [variable, join(home, 'bin', program)]),
  );
}

/** The first interpreter that is new enough: python3, else a versioned one. Without a path: why there is none. */
function findPython(minor) {
  const seen = [];
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']) {
    const question =
      'import sys, platform; print(sys.version_info[1], sys.implementation.cache_tag, platform.platform()); print(sys.executable)';
    const answer = spawnSync(name, ['-I', '-c', question], { encoding: 'utf8' });
    if (answer.status !== 0) continue;
    const [facts = '', path = ''] = answer.stdout.split('\n');
    if (Number.parseInt(facts, 10) >= minor) return { path, facts };
    seen.push(`${name} is 3.${Number.parseInt(facts, 10)}`);
  }
  return { facts: seen.length === 0 ? 'no Python was found on PATH' : seen.join(', ') };
}

let uv;

/** The folder with uv, which pip installs: one file, pinned by hash, once for all tools. */
function uvHome(python) {
  uv ??= published('uv', UV_LOCK, python, async (folder, lock) => {
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--no-deps'];
    await steps('uv', [
      [python.path, '-m', 'venv', folder],
      [join(folder, 'bin', 'python'), ...pip, ...ONLY_LOCKED, '-r', lock],
    ]).catch((error) => {
      if (!/ensurepip|No module named venv/.test(error.message)) throw error;
      const hint = 'This Python has no venv module: on Debian install python3-venv.';
      throw new SetupError(`${error.message}\n${hint}`);
    });
  });
  return uv;
}

/** The folder of a virtual environment with what `lock` pins. */
function environment(name, { lock, overrides }, python) {
  return published(name, lock, python, async (folder, path) => {
    const bin = join(await uvHome(python), 'bin');
    const list = spawnSync(join(bin, 'python'), ['-m', 'pip', 'config', 'list'], { encoding: 'utf8' });
    // Neither the settings of a project above this folder nor the user's own are read.
    const run = [join(bin, 'uv'), '--no-config', '--quiet'];
    const at = ['--python', join(folder, 'bin', 'python')];
    await steps(
      `Python packages of ${name}`,
      [
        [...run, 'venv', '--no-project', '--python', python.path, folder],
        [...run, 'pip', 'sync', ...at, ...ONLY_LOCKED, path],
        // Each package finds what it needs, in a version that it takes; `npm run lock` has seen to what is overridden.
        ...(overrides === undefined ? [[...run, 'pip', 'check', ...at]] : []),
      ],
      { env: uvEnvironment(list.stdout ?? '', process.env, existsSync) },
    );
  });
}

/**
 * The folder is built under a name of its own (a virtual environment cannot be moved) and published by
 * renaming a link, so that a half-built one is never used and two set-ups at once do no harm.
 */
async function published(name, lock, python, build) {
  const path = resolve(ROOT, lock);
  const key = createHash('sha256').update(readFileSync(path)).update(python.facts).digest('hex');
  const link = join(CACHE, `${name}-${key.slice(0, 16)}`);
  if (existsSync(link)) return link;
  const folder = `${link}.${randomBytes(4).toString('hex')}`;
  mkdirSync(CACHE, { recursive: true });
  try {
    await build(folder, path);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  symlinkSync(basename(folder), `${folder}.link`);
  renameSync(`${folder}.link`, link);
  return link;
}
