import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** The families of the attack suite with the number of rows in each. */
const FAMILIES: Readonly<Record<string, number>> = { T: 34, J: 6, E: 11, L: 7, C: 16, P: 12, D: 9, X: 7 };

/** The linter's own codes E01 to E20 are not rows. */
const LINTER = /^test\/policy\/(?:lint\/|load\.test\.ts$)/;

const page = readFileSync('docs/attack-suite.md', 'utf8');

interface Row {
  readonly id: string;
  readonly files: readonly string[];
  readonly verdict: string;
}

/** `| T01 | case | files | verdict |` */
const rows: readonly Row[] = [...page.matchAll(/^\| ([A-Z]\d\d) \| (.+) \| (`test\/.+`) \| (.+) \|$/gm)].map(
  ([, id = '', , files = '', verdict = '']) => ({
    id,
    files: [...files.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
    verdict,
  }),
);

/** Test file to the rows that titles of its tests begin with: `'T01 …'`, `'L01, L02: …'`. */
const named = new Map(
  globSync('test/**/*.test.ts').map((file) => {
    const titles = readFileSync(file, 'utf8').matchAll(/['"`]((?:[TJELCPDX]\d\d(?:, )?)+)[ ,:]/g);
    const ids = [...titles].flatMap(([, list = '']) => list.split(', ')).filter((id) => id !== '');
    return [file, new Set(LINTER.test(file) ? ids.filter((id) => !id.startsWith('E')) : ids)] as const;
  }),
);

describe('docs/attack-suite.md', () => {
  it('has every row once, in order', () => {
    const all = Object.entries(FAMILIES).flatMap(([family, count]) =>
      Array.from({ length: count }, (_, index) => `${family}${String(index + 1).padStart(2, '0')}`),
    );
    expect(rows.map(({ id }) => id)).toEqual(all);
  });

  it.each(rows)('$id: the tests that it names exist', ({ id, files, verdict }) => {
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => named.get(file)?.has(id) !== true)).toEqual([]);
    expect(verdict).not.toBe('');
  });

  it('names reasons that the source has', () => {
    const source = globSync('src/**/*.ts').map((file) => readFileSync(file, 'utf8'));
    const reasons = rows.flatMap(({ verdict }) => verdict.match(/(?<=`)[A-Z]+_?[A-Z_]*(?=`)/g) ?? []);
    const unknown = reasons.filter((reason) => !source.some((text) => text.includes(reason)));
    expect(unknown).toEqual([]);
  });

  it('leaves out no test that is named by a row', () => {
    const listed = new Set(rows.flatMap(({ id, files }) => files.map((file) => `${id} ${file}`)));
    const tests = [...named].flatMap(([file, ids]) => [...ids].map((id) => `${id} ${file}`));
    expect(tests.filter((test) => !listed.has(test))).toEqual([]);
  });
});
