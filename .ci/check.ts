/**
 * The static checks: all of them, or the ones named (`npm run check -- tsc knip`). Each prints its name
 * and time, and its output only when it fails; all run even when one fails.
 */
import { spawnSync } from 'node:child_process';

const CHECKS: Readonly<Record<string, readonly string[]>> = {
  biome: ['biome', 'check', '--colors=off', '--error-on-warnings', '--max-diagnostics=50'],
  tsc: ['tsc', '-p', '.'],
  knip: ['knip', '--no-progress'],
  dist: [process.execPath, '.ci/build.ts', '--check'],
  locks: [process.execPath, '.ci/locks.ts'],
  actionlint: [process.execPath, '.ci/actionlint.ts'],
  zizmor: [process.execPath, '.ci/zizmor.ts'],
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => CHECKS[name] === undefined);
if (unknown.length > 0) {
  console.error(`no check is called ${unknown.join(', ')}; there are: ${Object.keys(CHECKS).join(', ')}`);
  process.exit(2);
}

const failed = Object.entries(CHECKS)
  .filter(([name]) => asked.length === 0 || asked.includes(name))
  .filter(([name, command]) => !passes(name, command))
  .map(([name]) => name);

if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`);
  process.exit(1);
}

function passes(name: string, [program = '', ...args]: readonly string[]): boolean {
  const started = performance.now();
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(10)} ${seconds.padStart(5)} s`);
  const output = [stdout, stderr, error?.message].filter((text) => text).join('\n');
  if (status !== 0 || name === 'dist') console.log(output.trimEnd().replaceAll(/^/gm, '       '));
  return status === 0;
}
