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

/** Runs a quiet step, shows that it is alive every 15 seconds, and its whole output when it fails. */
export async function step(title, command, args, options = {}) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  say(`${title} …`);
  const alive = setInterval(() => say(`${title}: still at it after ${seconds()}`), 15_000);
  try {
    const child = spawn(command, args, { cwd: ROOT, ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    const code = await new Promise((done, fail) => {
      child.on('error', fail);
      child.on('close', done);
    });
    if (code !== 0) {
      say(`${title}: failed after ${seconds()}`);
      throw new SetupError(`${title}: ${command} ended with ${code}\n${Buffer.concat(output)}`);
    }
  } finally {
    clearInterval(alive);
  }
  say(`${title}: done in ${seconds()}`);
}
