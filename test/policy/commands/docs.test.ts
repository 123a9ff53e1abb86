import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../../docs/policy-commands.md', import.meta.url), 'utf8');
const golden = new URL('golden/', import.meta.url);
/** The other matrices are long. */
const shown = readdirSync(golden).filter((name) => /^(?!matrix-(?!team|diff)).*\.txt$/.test(name));

describe('docs/policy-commands.md', () => {
  it.each(shown)('shows %s as it is printed', (name) => {
    expect(page).toContain(`${readFileSync(new URL(name, golden), 'utf8')}\`\`\``);
  });

  it('has a section for each command that it lists', () => {
    const listed = [...page.matchAll(/^\| \[`(\w+)`\]\(#\w+\)/gm)].map(([, name = '']) => name);
    expect(listed.slice(0, 7)).toEqual(['lint', 'test', 'explain', 'matrix', 'diff', 'suggest', 'init']);
    for (const name of listed) expect(page).toContain(`\n## ${name}\n`);
  });
});
