import { expect, it } from 'vitest';
import { renderJson, renderText } from '../../../src/policy/trust/render-output.ts';
import type { Rendered } from '../../../src/policy/trust/rendered.ts';

const NONE: Rendered = { target: 'kong', form: 'native', files: [], unchecked: [], problems: [] };
const row = (claim: string, more: object = {}) => ({
  claim,
  why: 'w',
  instead: 'i',
  rules: ['a', 'b'],
  ...more,
});
const WHOLE: Rendered = {
  ...NONE,
  files: [
    { name: 'a.sh', text: 'one\n' },
    { name: 'b.sh', text: 'two\n' },
  ],
  unchecked: [row('ref'), row('actor', { why: 'x' }), row('ref_type'), row('sub', { rules: ['a'] })],
  problems: [
    { level: 'error', target: 'kong', line: 3, message: 'no\u001b good' },
    { level: 'note', target: 'kong', line: 1, message: 'y'.repeat(1001) },
  ],
};

it('shows files, gaps and problems, in this order', () => {
  expect(renderText(WHOLE, 'a.yml')).toBe(`==> a.sh
one

==> b.sh
two

What kong does not check:
  ref, ref_type
    why:     w
    instead: i
    rules:   a, b
  actor
    why:     x
    instead: i
    rules:   a, b
  sub
    why:     w
    instead: i
    rules:   a

a.yml:3: error: no\\u001b good
a.yml:1: note:
  ${'y'.repeat(1000)}…
`);
});

it('shows what there is, and says so when there is nothing', () => {
  expect(renderText(NONE, 'a.yml')).toBe('The policy hands out nothing of kong.\n');
  expect(renderText({ ...NONE, files: WHOLE.files.slice(0, 1) }, 'a.yml')).toBe('==> a.sh\none\n');
  expect(renderText({ ...NONE, problems: WHOLE.problems.slice(0, 1) }, 'a.yml')).toBe(
    'a.yml:3: error: no\\u001b good\n',
  );
  const long = renderText(
    { ...NONE, unchecked: [row('ref', { instead: 'j', rules: ['r'.repeat(201)] })] },
    'a.yml',
  );
  expect(long).toBe(
    `What kong does not check:\n  ref\n    why:     w\n    instead: j\n    rules:\n             ${'r'.repeat(200)}…\n`,
  );
});

it('gives programs all of it, over several lines', () => {
  expect(JSON.parse(renderJson(WHOLE))).toEqual(WHOLE);
  expect(renderJson(NONE)).toBe(`${JSON.stringify(NONE, null, 2)}\n`);
});

it('wraps what is long at 100 characters', () => {
  const { text, rows } = {
    text: 'word '.repeat(30).trim(),
    rows: ['repository_owner_id'.repeat(3), 'b'.repeat(50)],
  };
  const shown = renderText(
    {
      ...NONE,
      unchecked: rows.map((claim) => row(claim, { why: text, instead: text, rules: rows })),
      problems: [{ level: 'error', target: 'kong', line: 3, message: text }],
    },
    'a.yml',
  );
  expect(Math.max(...shown.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
  expect(shown.match(/\n {13}word/g)).toHaveLength(2);
  expect(shown).toContain(`,\n  ${'b'.repeat(50)}\n`);
});
