import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Copy, copyOf } from './copy.ts';

/** Rule, what it stops, the file that breaks it. */
const VIOLATIONS: readonly (readonly [string, string, string, string])[] = [
  [
    'noRestrictedImports',
    'an effect in the core',
    'src/policy/a-file.ts',
    `export { readFile } from 'node:fs';`,
  ],
  [
    'noRestrictedImports',
    'an effect loaded late',
    'src/lineage/late.ts',
    `export const os = import('node:os');`,
  ],
  [
    'noRestrictedImports',
    'the runner in the core',
    'src/identity/a-runner.ts',
    `export { info } from '@actions/core';`,
  ],
  [
    'noRestrictedImports',
    'a package nobody listed',
    'src/credentials/a-cloud.ts',
    `export { parse } from 'yaml';`,
  ],
  [
    'noRestrictedImports',
    'an adapter in the core',
    'src/dbt/an-adapter.ts',
    `export { now } from '../adapters/clock.ts';`,
  ],
  [
    'noRestrictedImports',
    'an adapter at the root',
    'src/a-root.ts',
    `export { now } from './adapters/clock.ts';`,
  ],
  [
    'noRestrictedImports',
    'the pipeline in a domain folder',
    'src/evidence/outward.ts',
    `export * from '../pipeline.ts';`,
  ],
  [
    'noRestrictedImports',
    'the pipeline in an adapter',
    'src/adapters/outward.ts',
    `export * from '../pipeline.ts';`,
  ],
  [
    'noRestrictedImports',
    'the product in the oracle',
    'test/oracle/a-peek.ts',
    `export { assertion } from '../../src/lineage/assertions.ts';`,
  ],
  [
    'noRestrictedGlobals',
    'a request in the core',
    'src/identity/a-request.ts',
    `export const get = () => fetch('');`,
  ],
  [
    'noRestrictedGlobals',
    'the process in the core',
    'src/dbt/a-process.ts',
    `export const here = () => process.cwd();`,
  ],
  [
    'noProcessEnv',
    'the environment in the core',
    'src/policy/an-env.ts',
    `export const env = process.env['HOME'];`,
  ],
  [
    'noImportCycles',
    'a cycle, of types even',
    'src/lineage/one.ts',
    `import type { Two } from './two.ts';\nexport type One = Two | 1;`,
  ],
  ['noDefaultExport', 'a default export', 'src/policy/a-default.ts', 'export default 1;'],
  ['noConsole', 'a console call', 'src/adapters/a-console.ts', `console.log('here');`],
  ['useFilenamingConvention', 'a name in camel case', 'src/policy/camelCase.ts', 'export const one = 1;'],
  ['noExcessiveLinesPerFile', 'a file of 401 lines', 'src/policy/long-file.ts', lines(401)],
  [
    'noExcessiveLinesPerFunction',
    'a function of more than 80 lines',
    'src/policy/long-function.ts',
    longFunction(),
  ],
  ['noExcessiveCognitiveComplexity', 'a tangle', 'src/policy/a-tangle.ts', tangle()],
  ['noFloatingPromises', 'a promise nobody waits for', 'src/policy/floating.ts', floating()],
  ['useExhaustiveSwitchCases', 'a switch with a case missing', 'src/policy/a-switch.ts', incompleteSwitch()],
];

const ALLOWED: readonly (readonly [string, string])[] = [
  [
    'src/adapters/an-effect.ts',
    `export { readFile } from 'node:fs';\nexport const home = process.env['HOME'];`,
  ],
  ['src/policy/a-library.ts', `export { parse } from 'yaml';`],
  ['src/identity/a-key.ts', `export { jwtVerify } from 'jose';`],
  ['src/lineage/run-id.ts', `export { createHash } from 'node:crypto';`],
  ['src/lineage/two.ts', `import type { One } from './one.ts';\nexport type Two = One | 2;`],
];

function lines(count: number): string {
  return Array.from({ length: count }, (_, index) => `export const line${index} = ${index};`).join('\n');
}

function longFunction(): string {
  const body = Array.from({ length: 80 }, (_, index) => `  total += ${index};`).join('\n');
  return `export function sum(): number {\n  let total = 0;\n${body}\n  return total;\n}`;
}

function tangle(): string {
  const open = Array.from({ length: 6 }, (_, index) => `if (n > ${index}) {`).join('');
  return `export function tangle(n: number): number { ${open} return n; ${'}'.repeat(6)} return 0; }`;
}

function floating(): string {
  return 'async function save(): Promise<void> {}\nexport function done(): void {\n  save();\n}';
}

function incompleteSwitch(): string {
  return `type Answer = 'yes' | 'no';
export function isYes(answer: Answer): boolean {
  switch (answer) {
    case 'yes':
      return true;
  }
  return false;
}`;
}

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string };
}

const BIOME = 'node_modules/@biomejs/biome/bin/biome';
const LINT = [BIOME, 'lint', '--error-on-warnings', '--max-diagnostics=none'];

describe('the linter holds the layers and the sizes', () => {
  let copy: Copy;
  let found: readonly Diagnostic[];
  let clean: { readonly code: number; readonly output: string };
  let check: { readonly code: number; readonly output: string };

  beforeAll(async () => {
    copy = copyOf('src');
    clean = await copy.run(...LINT, '--colors=off', 'src');
    for (const [, , path, text] of VIOLATIONS) copy.plant(path, text);
    for (const [path, text] of ALLOWED) copy.plant(path, text);
    const { output } = await copy.run(...LINT, '--reporter=json', 'src', 'test');
    found = JSON.parse(output.slice(output.indexOf('{"summary"'), output.lastIndexOf('}') + 1)).diagnostics;
    check = await copy.run('.ci/check.ts', 'biome');
  });
  afterAll(() => copy.remove());

  it('passes the tree as it is', () => {
    expect(clean.output).not.toContain('lint/');
    expect(clean.code).toBe(0);
  });

  it.each(VIOLATIONS)('%s stops %s: %s', (rule, _what, path) => {
    expect(rulesAt(path)).toContain(rule);
  });

  it.each(ALLOWED.filter(([path]) => !path.endsWith('/two.ts')))('allows %s', (path) => {
    expect(rulesAt(path)).toEqual([]);
  });

  it('fails `npm run check`', () => {
    expect(check.code).toBe(1);
    expect(check.output).toMatch(/FAILED biome/);
    expect(check.output).toContain('lint/style/noRestrictedImports');
  });

  function rulesAt(path: string): readonly string[] {
    const here = found.filter(({ location }) => location.path === path);
    return here.map(({ category }) => category.split('/').at(-1) ?? '');
  }
});
