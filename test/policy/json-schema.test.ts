import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PolicyDocument, parsePolicyDocument } from '../../src/policy/document.ts';
import { readShape } from '../../src/policy/shape.ts';
import { TIMES } from '../support/long-runs.ts';
import { FULL, SMALLEST } from './fixture.ts';
import { policyJsonSchema } from './json-schema.ts';

const TEAM = readFileSync(new URL('../../examples/policies/team.yml', import.meta.url), 'utf8');
const published = JSON.parse(
  readFileSync(new URL('../../docs/schema/policy-1.json', import.meta.url), 'utf8'),
);
const accepts = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(published);

type Tree = string | readonly Tree[] | { readonly [key: string]: Tree };

function treeOf(text: string): Tree {
  const document = parsePolicyDocument(text);
  if ('problems' in document) throw new Error('the document does not parse');
  return JSON.parse(JSON.stringify(document.value));
}

function loaderAccepts(value: Tree): boolean {
  const document: PolicyDocument = { value, size: 0, place: () => ({ line: 1, column: 1 }) };
  return 'file' in readShape(document);
}

const VALUES: readonly Tree[] = [
  '',
  '0',
  '1',
  '007',
  'true',
  'prod',
  'refs/heads/main',
  'refs/tags/v*',
  'main|dev',
  'push',
  'pull_request_target',
  'tag:pii',
  'path:../x',
  'octo-org/*',
  'a'.repeat(40),
  'a'.repeat(300),
  'line\nend',
  [],
  ['1'],
  ['push', 'schedule'],
  {},
  { one_of: ['push'] },
  { one_of: [] },
  { glob: 'refs/tags/v*' },
  { equals: 'refs/heads/main' },
  { equals: 'refs/heads/main', glob: 'refs/tags/v*' },
  { name: 'prod' },
];

/** The tree with one place, found by a walk of random turns, changed. */
function changed(tree: Tree, turns: readonly number[], value: Tree | undefined): Tree {
  const [turn, ...rest] = turns;
  if (turn === undefined || typeof tree === 'string') return value ?? 'x';
  const isList = Array.isArray(tree);
  const entries = Object.entries(tree);
  const at = turn % (entries.length + 1);
  const entry = entries[at];
  if (entry === undefined) entries.push([isList ? String(at) : 'further', value ?? 'x']);
  else if (rest.length === 0 && value === undefined) entries.splice(at, 1);
  else entries[at] = [entry[0], changed(entry[1], rest, value)];
  return isList ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

describe('docs/schema/policy-1.json', () => {
  it('is the one that the schema of the loader gives', () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
  });

  it.each([
    ['smallest', SMALLEST],
    ['team', TEAM],
    ['full', FULL],
  ])('accepts the %s policy', (_, text) => {
    expect([accepts(treeOf(text)), accepts.errors]).toEqual([true, null]);
    expect(loaderAccepts(treeOf(text))).toBe(true);
  });

  it('agrees with the loader on changed policies', () => {
    const trees = [SMALLEST, TEAM, FULL].map(treeOf);
    const seen = { accepted: 0, refused: 0 };
    const change = fc.record({
      tree: fc.constantFrom(...trees),
      turns: fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 5 }),
      value: fc.oneof(fc.constant(undefined), fc.constantFrom(...VALUES), fc.string({ maxLength: 12 })),
    });
    fc.assert(
      fc.property(change, ({ tree, turns, value }) => {
        const candidate = changed(tree, turns, value);
        const accepted = loaderAccepts(candidate);
        seen[accepted ? 'accepted' : 'refused'] += 1;
        expect([candidate, accepts(candidate)]).toEqual([candidate, accepted]);
      }),
      { numRuns: 2_000 * TIMES },
    );
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(100);
  });
});
