/**
 * Writes anew what tests compare with: the JSON Schemas that come from the code, then, by vitest, each golden file of the
 * tests that are asked for (`npm run test:update -- test/policy`).
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { predicateSchema } from '../src/evidence/predicate.ts';
import { policyJsonSchema } from '../test/policy/json-schema.ts';

const PREDICATE = 'docs/schema/dbt-run-v1.json';
const POLICY = 'docs/schema/policy-1.json';

// Its head is written by hand.
const { $schema, $id, title, description } = JSON.parse(readFileSync(PREDICATE, 'utf8'));
write(PREDICATE, { $schema, $id, title, description, ...toJsonSchema(predicateSchema) });
write(POLICY, policyJsonSchema());
run('biome', 'format', '--write', PREDICATE, POLICY);
run(process.execPath, 'node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2), '--update');

function write(path: string, schema: unknown): void {
  writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`);
}

function run(program: string, ...args: readonly string[]): void {
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
