/**
 * Makes the lock of every tool from the `.in` file beside it: `npm run lock`, with `-- --upgrade` for newer versions. Then
 * it lets uv resolve each lock for every Python and system that the project supports, where nothing may be missing.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { LOCKS, NEWEST_MINOR } from './setup-tools.mjs';

const SYSTEMS = ['x86_64-unknown-linux-gnu', 'aarch64-unknown-linux-gnu', 'aarch64-apple-darwin'];
const HASHED = ['--only-binary', ':all:', '--quiet'];

for (const { lock, minor, overrides } of LOCKS) {
  const source = lock.replace(/\.txt$/, '.in');
  const named = ['--custom-compile-command', 'npm run lock', '--no-strip-extras', '--generate-hashes'];
  const python = ['--universal', '--python-version', `3.${minor}`];
  const instead = overrides === undefined ? [] : ['--override', overrides];
  uv('compile', source, '-o', lock, ...named, ...python, ...instead, ...process.argv.slice(2));
  for (let version = minor; version <= NEWEST_MINOR; version += 1) {
    for (const system of SYSTEMS) {
      const place = [
        '--python-version',
        `3.${version}`,
        '--python-platform',
        system,
        '--target',
        '/nonexistent',
      ];
      uv('install', '--dry-run', '--require-hashes', '-r', lock, ...instead, ...place);
    }
  }
  console.log(`${lock}: ${readFileSync(lock, 'utf8').match(/^\S+==/gm)?.length ?? 0} packages`);
}

function uv(...args: readonly string[]): void {
  const program = process.env['DBT_PASSPORT_UV'] ?? 'uv';
  const { status } = spawnSync(program, ['--no-config', 'pip', ...args, ...HASHED], { stdio: 'inherit' });
  if (status !== 0) {
    console.error(`failed: uv pip ${args.join(' ')}`);
    process.exit(1);
  }
}
