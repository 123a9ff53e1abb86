// Programs that the machine has or has not.
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { say } from './setup-step.mjs';

/** Debian keeps the programs of PostgreSQL outside PATH. */
const DEBIAN = '/usr/lib/postgresql';

export function findPostgres() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(DEBIAN, version, 'bin')), ...searchPath()];
  const programs = ['initdb', 'pg_ctl', 'postgres', 'psql'];
  const folder = folders.find((path) => programs.every((program) => existsSync(join(path, program))));
  if (folder !== undefined) return { DBT_PASSPORT_POSTGRES: folder };
  return missing('PostgreSQL server');
}

export function findChromium() {
  const program = searchPath()
    .map((folder) => join(folder, 'chromium'))
    .find((path) => existsSync(path));
  return program === undefined ? missing('Chromium') : { DBT_PASSPORT_CHROMIUM: program };
}

const searchPath = () => (process.env.PATH ?? '').split(delimiter);

function missing(title) {
  say(`no ${title} was found on this machine: tests that need it are skipped`);
  return {};
}
