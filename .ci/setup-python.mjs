// Python programs, each in a virtual environment of pinned packages.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CACHE, ROOT, SetupError, say, step } from './setup-step.mjs';

/**
 * Installs what `tool.requirements` pins, and gives the paths of `tool.programs` by their variable. An
 * `optional` tool for which every Python is too old is left out, with a line that says so.
 */
export async function installPythonTool(name, tool) {
  const python = findPython(tool.minor ?? 10);
  if (python.name === undefined) {
    const reason = `${name} needs Python 3.${tool.minor ?? 10} or later; ${python.facts}`;
    if (!tool.optional) throw new SetupError(reason);
    say(`${reason}: tests that need it are skipped`);
    return {};
  }
  const bin = join(await virtualEnvironment(name, join(ROOT, tool.requirements), python), 'bin');
  return Object.fromEntries(
    Object.entries(tool.programs).map(([variable, program]) => [variable, join(bin, program)]),
  );
}

/** The first interpreter that is new enough: python3, else a versioned one. Without a name: why there is none. */
function findPython(minor) {
  const seen = [];
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']) {
    const question =
      'import sys, platform; print(sys.version_info[1], sys.implementation.cache_tag, platform.platform())';
    const answer = spawnSync(name, ['-I', '-c', question], { encoding: 'utf8' });
    if (answer.status !== 0) continue;
    const facts = answer.stdout.trim();
    if (Number.parseInt(facts, 10) >= minor) return { name, facts };
    seen.push(`${name} is 3.${Number.parseInt(facts, 10)}`);
  }
  return { facts: seen.length === 0 ? 'no Python was found on PATH' : seen.join(', ') };
}

/**
 * The folder is built under a name of its own (a virtual environment cannot be moved) and published by
 * renaming a link, so that a half-built one is never used and two set-ups at once do no harm.
 */
async function virtualEnvironment(name, requirements, python) {
  const key = createHash('sha256').update(readFileSync(requirements)).update(python.facts).digest('hex');
  const link = join(CACHE, `${name}-${key.slice(0, 16)}`);
  if (existsSync(link)) return link;
  const folder = `${link}.${randomBytes(4).toString('hex')}`;
  mkdirSync(CACHE, { recursive: true });
  try {
    await step(`Python environment of ${name}`, python.name, ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
    const pinned = ['--require-hashes', '--only-binary', ':all:', '-r', requirements];
    await step(`Python packages of ${name}`, join(folder, 'bin', 'python'), [...pip, ...pinned]);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (/ensurepip|No module named (venv|pip)/.test(String(error))) {
      throw new SetupError(
        `${error.message}\nThis Python has no venv module: on Debian install python3-venv.`,
      );
    }
    throw error;
  }
  symlinkSync(basename(folder), `${folder}.link`);
  renameSync(`${folder}.link`, link);
  return link;
}
