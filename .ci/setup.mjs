// Makes a fresh machine ready and then runs a script with the Node that the project needs:
//
//   node .ci/setup.mjs [tool …] -- <script> [arguments]
//
// npm packages are installed when they are missing or older than package-lock.json. Each tool named
// before the script (setup-tools.mjs) is installed once per machine, outside the repository, and its
// programs are named to the script by variables. `needed` stands for the tools of the tests that the
// script, vitest, is asked for. Plain JavaScript that Node 20 runs.
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { toolsFor } from './setup-needs.mjs';
import { ROOT, SetupError, say, step, stopSteps } from './setup-step.mjs';
import { TOOLS } from './setup-tools.mjs';

const NODE_MAJOR = 24;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

async function installPackages() {
  const lock = join(ROOT, 'package-lock.json');
  // npm writes this file last, so it is missing after an interrupted install.
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  const tolerance = 5_000;
  if (existsSync(installed) && statSync(installed).mtimeMs + tolerance >= statSync(lock).mtimeMs) return;
  await step('npm packages', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/**
 * Installs all that is missing, side by side. The first failure ends the others, and is thrown when nothing of them
 * is left. @returns the variables of the tools
 */
async function installAll(wanted) {
  const failures = [];
  const attempt = async (job) => {
    try {
      return await job();
    } catch (error) {
      failures.push(error);
      stopSteps();
    }
  };
  const tools = wanted.map((name) => attempt(() => TOOLS[name].install(name)));
  const [, ...variables] = await Promise.all([attempt(installPackages), ...tools]);
  if (failures.length > 0) throw failures[0];
  return Object.assign({}, ...variables);
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
  for (const name of SIGNALS) process.on(name, () => child.kill(name));
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
  if (wanted[0] === 'needed') wanted.splice(0, 1, ...toolsFor(script.slice(1)));
  const unknown = wanted.find((name) => !(name in TOOLS));
  if (unknown !== undefined) {
    throw new SetupError(`unknown "${unknown}"; the tools are ${Object.keys(TOOLS).join(', ')}`);
  }
  const interrupted = (name) => {
    stopSteps();
    process.exit(128 + constants.signals[name]);
  };
  for (const name of SIGNALS) process.on(name, interrupted);
  const variables = await installAll(wanted);
  for (const name of SIGNALS) process.off(name, interrupted);
  const PATH = `${join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}`;
  const env = { ...process.env, PATH };
  // What was not asked for is not there, whoever set its variable.
  for (const variable of Object.values(TOOLS).flatMap((tool) => tool.variables)) delete env[variable];
  if (script.length > 0) run(findNode(), script, { ...env, ...variables });
} catch (error) {
  fail(error);
}
