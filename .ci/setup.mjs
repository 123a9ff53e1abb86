// Makes a fresh machine ready and then runs a script with the Node that the project needs:
//
//   node .ci/setup.mjs [dbt] [uv] [zizmor] -- <script> [arguments]
//
// npm packages are installed when they are missing or older than package-lock.json. With `dbt`, the
// dbt of examples/jaffle-shop/requirements.txt is installed once per machine, outside the repository,
// and named to the script as DBT_PASSPORT_DBT; with `zizmor`, the linter of workflows likewise.
// Plain JavaScript that Node 20 runs.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const NODE_MAJOR = 24;
const PYTHON_MINOR = 10;
const environment = process.env;

/** The Python programs: where their pinned requirements are, and how the script learns their path. */
const PYTHON_TOOLS = {
  dbt: { requirements: 'examples/jaffle-shop/requirements.txt', variable: 'DBT_PASSPORT_DBT' },
  uv: { requirements: '.ci/uv-requirements.txt', variable: 'DBT_PASSPORT_UV' },
  zizmor: { requirements: '.ci/requirements.txt', variable: 'DBT_PASSPORT_ZIZMOR' },
};

class SetupError extends Error {}

const say = (line) => process.stderr.write(`setup: ${line}\n`);

/** Runs a quiet step, shows that it is alive every 15 seconds, and its whole output when it fails. */
async function step(title, command, args) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  say(`${title} …`);
  const alive = setInterval(() => say(`${title}: still at it after ${seconds()}`), 15_000);
  try {
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    const code = await new Promise((done, fail) => {
      child.on('error', fail);
      child.on('close', done);
    });
    if (code !== 0) throw new SetupError(`${title}: ${command} ended with ${code}\n${Buffer.concat(output)}`);
  } finally {
    clearInterval(alive);
  }
  say(`${title}: done in ${seconds()}`);
}

async function installPackages() {
  const lock = join(ROOT, 'package-lock.json');
  // npm writes this file last, so it is missing after an interrupted install.
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  const tolerance = 5_000;
  if (existsSync(installed) && statSync(installed).mtimeMs + tolerance >= statSync(lock).mtimeMs) return;
  await step('npm packages', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** The interpreter for the virtual environment: python3, else a versioned one. */
function findPython() {
  const seen = [];
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']) {
    const question =
      'import sys, platform; print(sys.version_info[1], sys.implementation.cache_tag, platform.platform())';
    const answer = spawnSync(name, ['-I', '-c', question], { encoding: 'utf8' });
    if (answer.status !== 0) continue;
    const facts = answer.stdout.trim();
    if (Number.parseInt(facts, 10) >= PYTHON_MINOR) return { name, facts };
    seen.push(`${name} is 3.${Number.parseInt(facts, 10)}`);
  }
  const found = seen.length === 0 ? 'no Python was found on PATH' : seen.join(', ');
  throw new SetupError(`dbt and zizmor need Python 3.${PYTHON_MINOR} or later; ${found}`);
}

/**
 * Installs a Python program and returns its path. The folder is built under a name of its own (a virtual
 * environment cannot be moved) and published by renaming a link, so that a half-built one is never
 * used and two set-ups at once do no harm.
 */
async function installPythonTool(name) {
  const requirements = join(ROOT, PYTHON_TOOLS[name].requirements);
  const python = findPython();
  const key = createHash('sha256').update(readFileSync(requirements)).update(python.facts).digest('hex');
  const cache = join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dbt-passport');
  const link = join(cache, `${name}-${key.slice(0, 16)}`);
  const program = join(link, 'bin', name);
  if (existsSync(program)) return program;
  const folder = `${link}.${randomBytes(4).toString('hex')}`;
  mkdirSync(cache, { recursive: true });
  try {
    await step('Python environment', python.name, ['-m', 'venv', folder]);
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
  return program;
}

/** This Node when it is new enough, else the one among the npm packages. */
function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return process.execPath;
  const packaged = join(ROOT, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(packaged)) return packaged;
  const have = `this is ${process.versions.node} on ${process.platform} ${process.arch}`;
  throw new SetupError(
    `the scripts need Node ${NODE_MAJOR}; ${have}: install Node ${NODE_MAJOR} and try again`,
  );
}

/** Runs the script to its end and ends as it ended. */
function run(node, script, env) {
  const child = spawn(node, script, { cwd: ROOT, stdio: 'inherit', env });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
  child.on('error', (error) => fail(error));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function fail(error) {
  say(error instanceof SetupError ? error.message : error.stack);
  process.exit(1);
}

try {
  const args = process.argv.slice(2);
  const end = args.indexOf('--');
  const wanted = end === -1 ? args : args.slice(0, end);
  const script = end === -1 ? [] : args.slice(end + 1);
  const unknown = wanted.find((name) => !(name in PYTHON_TOOLS));
  if (unknown !== undefined)
    throw new SetupError(`unknown "${unknown}"; write: setup.mjs [dbt] [uv] [zizmor] -- <script> …`);
  await installPackages();
  const node = findNode();
  const env = { ...environment, PATH: `${join(ROOT, 'node_modules', '.bin')}:${environment.PATH}` };
  for (const name of wanted) env[PYTHON_TOOLS[name].variable] = await installPythonTool(name);
  if (script.length > 0) run(node, script, env);
} catch (error) {
  fail(error);
}
