// The BigQuery emulator, built from its Go module.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { noGo } from './setup-go.mjs';
import { CACHE, SetupError, say, step } from './setup-step.mjs';

const MODULE = 'github.com/goccy/bigquery-emulator';
const VERSION = 'v0.8.1';
/** What go.sum would say; the module's own go.sum pins everything below it. */
const SUM = 'h1:q3oRL2ylqGY3UYbccAztEUycj+TU5SVBxsElFsvJP9E=';
/** By its go.mod. */
const GO_MINOR = 25;

export async function buildBigQueryEmulator() {
  const program = join(CACHE, `bigquery-emulator-${VERSION}-${process.platform}-${process.arch}`);
  if (!existsSync(program)) {
    const reason = noGo(GO_MINOR);
    if (reason !== undefined) {
      say(`the BigQuery emulator needs Go 1.${GO_MINOR}; ${reason}: tests that need it are skipped`);
      return {};
    }
    await build(program);
  }
  return { DBT_PASSPORT_BIGQUERY_EMULATOR: program };
}

/** `go install` of a version asks for the list of all versions, which not every module proxy gives. */
async function build(program) {
  const download = ['mod', 'download', '-json', `${MODULE}@${VERSION}`];
  await step('Go module of the BigQuery emulator', 'go', download);
  const { Dir, Sum } = JSON.parse(execFileSync('go', download, { encoding: 'utf8' }));
  if (Sum !== SUM) throw new SetupError(`${MODULE}@${VERSION} is ${Sum}, expected ${SUM}`);
  mkdirSync(CACHE, { recursive: true });
  const unfinished = `${program}.${randomBytes(4).toString('hex')}`;
  await step(
    'BigQuery emulator, some minutes once per machine',
    'go',
    ['build', '-mod=readonly', '-o', unfinished, './cmd/bigquery-emulator'],
    { cwd: Dir, env: { ...process.env, CGO_ENABLED: '0' } },
  );
  renameSync(unfinished, program);
}
