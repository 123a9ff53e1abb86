/**
 * Whether every lock is whole, so that an install has nothing left to resolve: of Python packages by locks.py, of npm
 * packages and Go modules by the digest of each.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { LOCKS, NEWEST_MINOR } from './setup-tools.mjs';

const python = process.env['DBT_PASSPORT_CHECKS'];
if (python === undefined) throw new Error('DBT_PASSPORT_CHECKS is not set: run `npm run check -- locks`');

const whole = LOCKS.map(({ name, lock, minor, variable }) => {
  const program = process.env[variable];
  if (program === undefined) console.log(`${lock}: ${name} is not installed: its text alone was read`);
  const environment = program === undefined ? [] : [dirname(dirname(program))];
  const args = ['.ci/locks.py', lock, String(minor), String(NEWEST_MINOR), ...environment];
  return spawnSync(python, args, { stdio: 'inherit' }).status === 0;
});

const faults = [...npmFaults(), ...goFaults('.ci/kong-validate')];
for (const fault of faults) console.log(fault);
process.exit(whole.every((ok) => ok) && faults.length === 0 ? 0 : 1);

interface NpmLock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
}

function npmFaults(): readonly string[] {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as NpmLock;
  return Object.entries(packages)
    .filter(([path, { version, integrity }]) => path !== '' && !(version && integrity))
    .map(([path]) => `package-lock.json: ${path} has no version or no digest`);
}

function goFaults(folder: string): readonly string[] {
  const sums = readFileSync(`${folder}/go.sum`, 'utf8');
  const required = readFileSync(`${folder}/go.mod`, 'utf8').matchAll(
    /^(?:require)?\s+(\S+\.\S+\/\S+ v\S+)/gm,
  );
  return [...required]
    .filter(([, module]) => !sums.includes(`${module} h1:`) || !sums.includes(`${module}/go.mod h1:`))
    .map(([, module]) => `${folder}/go.sum: ${module} has no digest`);
}
