import { describe, expect, it } from 'vitest';
import { contentLines, installFolder, readLock, withContents } from '../../src/dbt/packages.ts';

/** As dbt 1.11 writes it. */
const LOCK = `packages:
  - name: dbt_utils
    package: dbt-labs/dbt_utils
    version: 1.10
  - git: https://robot:hunter2@git.acme.example/macros.git
    name: macros
    revision: 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567
    subdirectory: dbt
  - local: ../shared
    name: shared
  - name: calendar
    tarball: https://acme.example/calendar.tar.gz
sha1_hash: 5a3f0c2e9d1b8a7f6e5d4c3b2a190817f6e5d4c3
`;

describe('package-lock.yml (FF-A6)', () => {
  it('says what each package is, with versions as they are written and no login of a URL', () => {
    expect(readLock(LOCK)).toEqual({
      lockSha1: '5a3f0c2e9d1b8a7f6e5d4c3b2a190817f6e5d4c3',
      packages: [
        { name: 'dbt_utils', kind: 'hub', from: 'dbt-labs/dbt_utils', version: '1.10' },
        {
          name: 'macros',
          kind: 'git',
          from: 'https://git.acme.example/macros.git',
          version: '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567',
          subdirectory: 'dbt',
        },
        { name: 'shared', kind: 'local', from: '../shared' },
        { name: 'calendar', kind: 'tarball', from: 'https://acme.example/calendar.tar.gz' },
      ],
    });
  });

  it('of dbt 1.8 has no names: the one of the hub is known, the one of git is not', () => {
    const old =
      'packages:\n- package: dbt-labs/dbt_utils\n  version: 1.3.0\n- git: https://x/y.git\n  revision: main\n';
    expect(readLock(old).packages.map(({ name }) => name)).toEqual(['dbt_utils', '']);
  });

  it.each([
    ['nothing', ''],
    ['no YAML', 'packages: ['],
    ['a list', '- a'],
    ['packages that are a text', 'packages: all'],
    ['an entry of no known kind', 'packages:\n- npm: left-pad\n'],
    ['aliases', 'packages: &a\n- *a\n'],
  ])('with %s names no package', (_, text) => {
    expect(readLock(text).packages).toEqual([]);
  });
});

describe('the folder of packages', () => {
  it.each([
    ['the default', 'name: shop\n', 'dbt_packages'],
    ['as the project says', 'packages-install-path: vendor\n', 'vendor'],
    ['a template that only dbt can render', `packages-install-path: "{{ env_var('P') }}"\n`, null],
    ['no project file', '', null],
  ])('%s', (_, text, folder) => {
    expect(installFolder(text)).toBe(folder);
  });

  it('what lies there is joined by name; what no entry names is listed as that', () => {
    const entries = readLock(LOCK).packages.slice(0, 2);
    const found = withContents(
      entries,
      new Map([
        ['stray', 'b'.repeat(64)],
        ['dbt_utils', 'a'.repeat(64)],
        ['macros', null],
      ]),
    );
    expect(found.map(({ name, kind, sha256 }) => [name, kind, sha256])).toEqual([
      ['dbt_utils', 'hub', 'a'.repeat(64)],
      ['macros', 'git', undefined],
      ['stray', undefined, 'b'.repeat(64)],
    ]);
  });

  it('is hashed in the order of bytes, not of UTF-16', () => {
    const lines = contentLines(
      new Map([
        ['\u{1F600}', '2'],
        ['\uFF5E', '1'],
        ['a', '0'],
      ]),
    );
    expect(lines).toBe('0  ./a\n1  ./\uFF5E\n2  ./\u{1F600}\n');
  });
});
