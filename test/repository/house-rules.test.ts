import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const source = globSync('src/**/*.ts').sort();
const tests = globSync('test/**/*.ts').sort();
const read = (path: string) => readFileSync(path, 'utf8');

describe('the source', () => {
  it('has no drawer', () => {
    const drawer = /\/(utils?|helpers?|common|shared|misc)(\.ts|\/)/;
    expect([...source, ...tests].filter((path) => drawer.test(path))).toEqual([]);
  });

  it('switches no check off', () => {
    const switches = new RegExp(['biome-ig' + 'nore', '@ts-(ig' + 'nore|expect-error|nocheck)'].join('|'));
    expect([...source, ...tests].filter((path) => switches.test(read(path)))).toEqual([]);
  });
});

describe('tests', () => {
  it('replace no module: they use ports and local servers', () => {
    const mock = new RegExp('\\bvi\\.' + '(do)?mock\\(');
    expect(tests.filter((path) => mock.test(read(path)))).toEqual([]);
  });
});

describe('workflows and examples', () => {
  const files = globSync([
    '.github/workflows/*.yml',
    'examples/**/workflow*.yml',
    'README.md',
    'docs/**/*.md',
  ]);
  const uses = files.flatMap((file) => {
    return [...read(file).matchAll(/^[ -]*uses: *(\S+)(.*)$/gm)].map(([, action = '', rest = '']) => {
      return { file, action, rest };
    });
  });

  it('pin every action of others by a full commit, with its version beside it', () => {
    expect(uses.length).toBeGreaterThan(0);
    // A page leaves the commit to its reader, who writes the newest.
    const foreign = uses.filter(({ action }) => !/^[.$]\/|\/dbt-passport@|@<full$/.test(action));
    const loose = foreign.filter(({ action, rest }) => {
      return !/@[0-9a-f]{40}$/.test(action) || !/^ # v\d+\.\d+/.test(rest);
    });
    expect(loose).toEqual([]);
  });

  it('grant nothing at the top of our own workflows, and give each permission a reason', () => {
    for (const file of globSync('.github/workflows/*.yml')) {
      const text = read(file);
      expect(text, file).toMatch(/^permissions: \{\}$/m);
      const granted = [...text.matchAll(/^ {6}[a-z-]+: (?:read|write)(.*)$/gm)];
      expect(granted.length, file).toBeGreaterThan(0);
      for (const [line, reason] of granted) expect(reason, `${file}: ${line}`).toMatch(/^ # \w+/);
    }
  });
});
