/**
 * Makes the lock of every tool from the `.in` file beside it: `npm run lock`, with `-- --upgrade` for newer versions. Then
 * it lets uv resolve each lock for every Python and system that the project supports, where nothing may be missing.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import { LOCKS, NEWEST_MINOR } from './setup-tools.mjs';

const SYSTEMS = ['x86_64-unknown-linux-gnu', 'aarch64-unknown-linux-gnu', 'aarch64-apple-darwin'];
/** A dry run leaves it alone. */
const NOWHERE = '/nonexistent';
const HASHED = ['--only-binary', ':all:', '--quiet'];

// The system of CI; by default uv asks for wheels of an older one.
process.env['MACOSX_DEPLOYMENT_TARGET'] = '15.0';

for (const { lock, minor, overrides } of LOCKS) {
  const name = basename(lock, '.txt');
  const options = ['--universal', '--python-version', `3.${minor}`, '--no-strip-extras', '--generate-hashes'];
  // Others copy the example, so its lock says how uv made it.
  const by = `uv pip compile ${options.join(' ')} --only-binary :all: ${name}.in -o ${name}.txt`;
  const said = ['--custom-compile-command', lock.startsWith('examples/') ? by : 'npm run lock'];
  const run = uvIn(dirname(lock));
  const instead = overrides === undefined ? [] : ['--override', relative(dirname(lock), overrides)];
  run(
    'compile',
    `${name}.in`,
    '-o',
    `${name}.txt`,
    ...options,
    ...said,
    ...instead,
    ...process.argv.slice(2),
  );
  for (let version = minor; version <= NEWEST_MINOR; version += 1) {
    for (const system of SYSTEMS) {
      const place = ['--python-version', `3.${version}`, '--python-platform', system, '--target', NOWHERE];
      run('install', '--dry-run', '--require-hashes', '-r', `${name}.txt`, ...instead, ...place);
    }
  }
  console.log(`${lock}: ${readFileSync(lock, 'utf8').match(/^\S+==/gm)?.length ?? 0} packages`);
}

/** `uv pip` in a folder; the first failure ends all. */
function uvIn(cwd: string): (...args: readonly string[]) => void {
  const program = process.env['DBT_PASSPORT_UV'] ?? 'uv';
  return (...args) => {
    const { status } = spawnSync(program, ['--no-config', 'pip', ...args, ...HASHED], {
      cwd,
      stdio: 'inherit',
    });
    if (status === 0) return;
    console.error(`failed in ${cwd}: uv pip ${args.join(' ')}`);
    process.exit(1);
  };
}
