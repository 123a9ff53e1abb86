import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { INPUT_DEFAULTS, MODES, SIGNING_MODES } from '../src/inputs.ts';
import { OUTPUT_NAMES } from '../src/outputs.ts';
import { REPOSITORY_ROOT } from './support/runner.ts';

interface Entry {
  readonly description: string;
  readonly required?: boolean;
  readonly default?: string;
}
interface Action {
  readonly name: string;
  readonly description: string;
  readonly branding: { readonly icon: string; readonly color: string };
  readonly inputs: Readonly<Record<string, Entry>>;
  readonly outputs: Readonly<Record<string, Entry>>;
  readonly runs: Readonly<Record<string, string>>;
}

const action = parse(await readFile(join(REPOSITORY_ROOT, 'action.yml'), 'utf8')) as Action;
const page = await readFile(join(REPOSITORY_ROOT, 'docs', 'action.md'), 'utf8');

describe('action.yml', () => {
  it('has exactly the inputs that the code reads, with the same defaults', () => {
    const defaults = Object.entries(action.inputs).map(([name, input]) => [name, input.default]);
    expect(Object.fromEntries(defaults)).toEqual({
      ...INPUT_DEFAULTS,
      'policy-token': '\u0024{{ github.token }}',
      'github-token': '\u0024{{ github.token }}',
    });
  });

  it('has exactly the outputs that the code sets', () => {
    expect(Object.keys(action.outputs).sort()).toEqual([...OUTPUT_NAMES].sort());
  });

  it('describes every input and output, and asks for none', () => {
    for (const entry of [...Object.values(action.inputs), ...Object.values(action.outputs)]) {
      expect(entry.description).toMatch(/^.{10,}\.$/s);
    }
    expect(Object.values(action.inputs).filter((input) => input.required !== false)).toEqual([]);
  });

  it('runs main and always post on Node 24', () => {
    expect(action.runs).toEqual({
      using: 'node24',
      main: 'dist/main.js',
      post: 'dist/post.js',
      'post-if': 'always()',
    });
    expect(action.description.length).toBeLessThanOrEqual(125);
    expect(action.branding).toEqual({ icon: 'shield', color: 'orange' });
  });
});

describe('docs/action.md', () => {
  it.each(Object.keys(INPUT_DEFAULTS))('has a row for the input %s', (name) => {
    expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\|`, 'm'));
  });

  it.each(OUTPUT_NAMES)('has a row for the output %s', (name) => {
    expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\|`, 'm'));
  });

  it.each([...SIGNING_MODES, ...MODES, 'succeeded', 'failed', 'denied', 'cancelled'])(
    'explains %s',
    (word) => {
      expect(page).toMatch(new RegExp(`^\\| \`${word}\` \\|`, 'm'));
    },
  );
});
