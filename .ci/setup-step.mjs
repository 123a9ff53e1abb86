// The parts of set-up that every tool shares: its words, its steps, its places.
import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '..');

/** Where tools are kept, once per machine. */
export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dbt-passport');

/** A failure whose message says all; any other error is shown with its stack. */
export class SetupError extends Error {}

export const say = (line) => process.stderr.write(`setup: ${line}\n`);

/** What ends every step at once, with all that it started. */
const halt = new AbortController();

/** Ends every step at once; the ones that run fail without a word. */
export function stopSteps() {
  halt.abort(new SetupError('stopped, because another step failed'));
}

/** Runs a quiet command as a step of its own. */
export function step(title, command, args, options) {
  return steps(title, [[command, ...args]], options);
}

/**
 * Runs quiet commands one after another and shows that they are alive every 15 seconds. @throws SetupError with the
 * whole output of the one that fails.
 */
export async function steps(title, commands, options) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  say(`${title} …`);
  const alive = setInterval(() => say(`${title}: still at it after ${seconds()}`), 15_000);
  try {
    for (const command of commands) await run(title, command, options);
  } finally {
    clearInterval(alive);
  }
  say(`${title}: done in ${seconds()}`);
}

/** The program leads a process group of its own, so that nothing of it outlives a stop. */
async function run(title, [command, ...args], options) {
  halt.signal.throwIfAborted();
  const stdio = ['ignore', 'pipe', 'pipe'];
  const child = spawn(command, args, { cwd: ROOT, ...options, stdio, detached: true });
  const stop = () => {
    endGroup(child.pid);
    // A program that left the group must not keep the pipes, and so this step, open.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  halt.signal.addEventListener('abort', stop);
  try {
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    const [code, signal] = await new Promise((done, fail) => {
      child.on('error', (error) => fail(new SetupError(`${title}: ${command}: ${error.message}`)));
      child.on('close', (...end) => done(end));
    });
    halt.signal.throwIfAborted();
    if (code !== 0) {
      const words = Buffer.concat(output).toString().trimEnd();
      throw new SetupError(`${title}: ${command} ended with ${code ?? signal}\n${words}`);
    }
  } finally {
    halt.signal.removeEventListener('abort', stop);
  }
}

function endGroup(pid) {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It ended by itself.
    if (error.code !== 'ESRCH') throw error;
  }
}
