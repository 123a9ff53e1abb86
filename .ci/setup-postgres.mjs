// PostgreSQL as the machine has it; Debian keeps its programs outside PATH.
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { say } from './setup-step.mjs';

const DEBIAN = '/usr/lib/postgresql';

export function findPostgres() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  const programs = ['initdb', 'pg_ctl', 'postgres', 'psql'];
  const folder = folders.find((path) => programs.every((program) => existsSync(join(path, program))));
  if (folder !== undefined) return { DBT_PASSPORT_POSTGRES: folder };
  say('no PostgreSQL server was found on this machine: tests that need it are skipped');
  return {};
}
