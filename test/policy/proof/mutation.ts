// node test/policy/proof/mutation.ts [part of a path …]: what of the decision and of the trust renderers no test holds.
// Each mutant is one change in a copy of the repository, and is caught when a test of the list below fails.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Mutant, mutantsOf } from './mutants.ts';

/** Tests under test/policy; the first is tried before the others. */
const DECISION = ['decide', 'decide-property', 'claims', 'explain', 'terms', 'proof/cross-product'];
const TRUST = ['trust/trust', 'trust/render', 'trust/limits', 'trust/repair', 'trust/equal'];
const FILES: readonly (readonly [file: string, tests: readonly string[]])[] = [
  ['match', DECISION],
  ['decide', DECISION],
  ...[
    'model',
    'model-of',
    'principals',
    'clauses',
    'subjects',
    'unchecked',
    'cel',
    'aws',
    'aws-roles',
    'google-members',
    'google-providers',
    'google-bindings',
    'render-vault',
  ].map((name) => [`trust/${name}`, [...TRUST, 'proof/equality']] as const),
];

const root = fileURLToPath(new URL('../../../', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'mutation-'));
const COPIED = ['src', 'test/policy', 'test/support', 'examples', 'docs', 'package.json', 'vitest.config.ts'];

function passes([first = '', ...others]: readonly string[]): boolean {
  return holds([first]) && holds(others);
}

function holds(tests: readonly string[]): boolean {
  const files = tests.map((test) => `test/policy/${test}.test.ts`);
  const options = ['run', '--project', 'unit', '--bail', '1', '--reporter', 'dot', ...files];
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  // A mutant that never ends is caught too.
  const { status } = spawnSync(process.execPath, [vitest, ...options], { cwd: copy, timeout: 180_000 });
  return status === 0;
}

function survivors(file: string, tests: readonly string[], mutants: readonly Mutant[]): number {
  const path = join(copy, 'src/policy', `${file}.ts`);
  const original = readFileSync(path, 'utf8');
  let alive = 0;
  for (const { line, what, text } of mutants) {
    writeFileSync(path, text);
    if (!passes(tests)) continue;
    alive += 1;
    process.stdout.write(`survives: src/policy/${file}.ts:${line}: ${what}\n`);
  }
  writeFileSync(path, original);
  return alive;
}

function run(wanted: readonly string[]): number {
  let all = 0;
  let alive = 0;
  for (const [file, tests] of FILES) {
    if (wanted.length > 0 && !wanted.some((part) => `src/policy/${file}.ts`.includes(part))) continue;
    if (!passes(tests)) throw new Error(`the tests of ${file} fail without any change`);
    const mutants = mutantsOf(readFileSync(join(copy, 'src/policy', `${file}.ts`), 'utf8'));
    const left = survivors(file, tests, mutants);
    all += mutants.length;
    alive += left;
    process.stdout.write(`src/policy/${file}.ts: ${mutants.length - left} of ${mutants.length} caught\n`);
  }
  const score = all === 0 ? 0 : ((all - alive) / all) * 100;
  process.stdout.write(`score: ${score.toFixed(1)} % (${all - alive} of ${all})\n`);
  return alive === 0 && all > 0 ? 0 : 1;
}

try {
  for (const path of COPIED) cpSync(join(root, path), join(copy, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  process.exitCode = run(process.argv.slice(2));
} finally {
  rmSync(copy, { recursive: true, force: true });
}
