import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode, PassportError } from '../../src/errors.ts';

const read = (path: string) => readFileSync(path, 'utf8');
const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], {
  exclude: (path) => path.includes('node_modules'),
});

describe('docs/troubleshooting.md', () => {
  const codes = Object.keys(ERROR_CODES) as ErrorCode[];
  const anchorOf = (code: ErrorCode) => new PassportError(code, '').docs.split('#')[1] ?? '';

  /** The page's sections by anchor: what follows `<a id="…"></a>` up to the next anchor. */
  const sections = new Map(
    read('docs/troubleshooting.md')
      .split('<a id="')
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('"')), section] as const),
  );

  it.each(codes)('explains %s where the error points to', (code) => {
    const section = sections.get(anchorOf(code));
    expect(section).toContain(`\n## ${code}\n`);
    expect(section).toContain(`Stage: \`${ERROR_CODES[code]}\``);
    expect(section).toContain('**Usual causes.**');
    expect(section).toContain('**What to change.**');
  });

  it('has no anchor that is not a code', () => {
    expect([...sections.keys()].sort()).toEqual(codes.map(anchorOf).sort());
  });
});

describe('every page', () => {
  it.each(pages)('%s links only to what is there', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const inside = links.filter((link) => !/^(https?:|#)/.test(link));
    const dead = inside.filter((link) => !existsSync(join(dirname(page), link.replace(/#.*/, ''))));
    expect(dead).toEqual([]);
  });

  it.each(pages)('%s names only files that are there', (page) => {
    const named = [...read(page).matchAll(/`((?:src|test|docs|\.ci)\/[\w./-]*)`/g)];
    expect(named.map(([, path = '']) => path).filter((path) => !existsSync(path))).toEqual([]);
  });
});

describe('docs/decisions/0003-dependencies.md', () => {
  it('gives a reason for every package, and for no other', () => {
    const { dependencies, optionalDependencies, devDependencies } = JSON.parse(read('package.json'));
    const rows = read('docs/decisions/0003-dependencies.md').matchAll(/^\| (`.*?`) \|/gm);
    const named = [...rows].flatMap(([, cell = '']) => cell.replaceAll('`', '').split(', '));
    const installed = { ...dependencies, ...optionalDependencies, ...devDependencies };
    expect(named.sort()).toEqual(Object.keys(installed).sort());
  });
});
