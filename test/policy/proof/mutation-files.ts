import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A source file, and the test files that hold it: the likeliest to catch a change first. */
export interface Held {
  readonly file: string;
  readonly tests: readonly string[];
}

/** What decides, and its tests. */
const DECISION = ['match', 'decide', 'glob', 'review', 'audit', 'allowed-rule'];
const PEOPLE = ['actor-class', 'people'];
const DECISION_TESTS = ['decide', 'claims', 'explain', 'terms', 'people'];
/** Tests of trust that every file of it is asked with, after those of its own name. */
const TRUST_TESTS = ['render', 'limits', 'trust', 'equal', 'overlap'];
/** Tests that one part of trust needs besides. */
const PARTS: readonly (readonly [part: string, tests: readonly string[]])[] = [
  ['kong', ['kong', 'kong-function']],
  ['keycloak', ['keycloak']],
];

/** Everything that decides, and every file that makes trust. Paths are relative to the root of the repository. */
export function heldFiles(root: string): readonly Held[] {
  const trust = readdirSync(join(root, 'src/policy/trust')).toSorted();
  return [
    ...DECISION.map((name) => held(root, `src/policy/${name}.ts`, DECISION_TESTS)),
    ...PEOPLE.map((name) => held(root, `src/identity/${name}.ts`, ['people'])),
    ...trust.map((file) => held(root, `src/policy/trust/${file}`, [...partsOf(file), ...TRUST_TESTS])),
  ];
}

function partsOf(file: string): readonly string[] {
  return PARTS.flatMap(([part, tests]) => (file.startsWith(part) ? tests : []));
}

function held(root: string, file: string, names: readonly string[]): Held {
  const folder = file.replace(/^src/, 'test').replace(/[^/]+$/, '');
  const own = basename(file, '.ts');
  const tests = [...new Set([own, ...names])].map((name) => `${folder}${name}.test.ts`);
  return { file, tests: tests.filter((test) => existsSync(join(root, test))) };
}
