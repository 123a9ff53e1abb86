// decK's check of Kong's declarative files, built from the library that `deck file validate` calls. The program itself
// (1.65.1) needs a converter for AI gateways, which is not to be had everywhere.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { noGo } from './setup-go.mjs';
import { CACHE, ROOT, say, step } from './setup-step.mjs';

const SOURCE = join(ROOT, '.ci', 'kong-validate');
/** By go.mod; go.sum pins the module and everything below it. */
const GO_MINOR = 26;

export async function buildDeck() {
  const sum = createHash('sha256');
  for (const file of ['main.go', 'go.mod', 'go.sum']) sum.update(readFileSync(join(SOURCE, file)));
  const program = join(
    CACHE,
    `kong-validate-${sum.digest('hex').slice(0, 16)}-${process.platform}-${process.arch}`,
  );
  if (!existsSync(program)) {
    const reason = noGo(GO_MINOR);
    if (reason !== undefined) {
      say(`decK's validator needs Go 1.${GO_MINOR}; ${reason}: tests that need it are skipped`);
      return {};
    }
    await build(program);
  }
  return { DBT_PASSPORT_DECK: program };
}

async function build(program) {
  mkdirSync(CACHE, { recursive: true });
  const unfinished = `${program}.${randomBytes(4).toString('hex')}`;
  await step(
    "decK's validator, a minute once per machine",
    'go',
    ['build', '-mod=readonly', '-o', unfinished, '.'],
    {
      cwd: SOURCE,
      env: { ...process.env, CGO_ENABLED: '0' },
    },
  );
  renameSync(unfinished, program);
}
