import { describe, expect, it } from 'vitest';
import { dbtPaths } from '../../src/checkout/dbt-paths.ts';

const paths = (project: string | undefined, ...packages: readonly string[]) =>
  dbtPaths({ project, packages });
const folders = (project: string, ...packages: readonly string[]) => {
  const found = paths(project, ...packages);
  return 'unclear' in found ? found.unclear : found.folders;
};

describe('where dbt reads', () => {
  it('has the defaults of dbt, and the files that it knows by name', () => {
    const found = paths('name: shop');
    expect(found).toMatchObject({
      folders: ['models', 'seeds', 'tests', 'analyses', 'macros', 'snapshots', 'functions', 'dbt_packages'],
      packages: 'dbt_packages',
    });
    expect(found).toMatchObject({
      files: expect.arrayContaining(['dbt_project.yml', 'selectors.yml', '.dbtignore']),
    });
    expect(found).not.toMatchObject({ files: expect.arrayContaining(['profiles.yml']) });
  });

  it('follows dbt_project.yml, the old names too', () => {
    const project = [
      'model-paths: [./src/, "../shared/models"]',
      'source-paths: old',
      'docs-paths: [docs]',
      'asset-paths: [assets]',
      'macro-paths: ["."]',
      'packages-install-path: ext/packages',
    ].join('\n');
    expect(folders(project)).toEqual([
      ...['src', '../shared/models', 'old', 'seeds', 'tests', 'analyses', '', 'snapshots', 'functions'],
      ...['docs', 'assets', 'ext/packages'],
    ]);
  });

  it('reads folders of local packages, through anchors too; the address of another package may be computed', () => {
    const local =
      'packages:\n  - &a { local: ../common/ }\n  - { git: "https://{{ env_var(\'TOKEN\') }}@x/y" }\n';
    expect(folders('name: shop', local, '', '# none\npackages: []')).toContain('../common');
    expect(folders('base: &b { model-paths: [hidden] }\n<<: *b')).toContain('hidden');
  });

  it.each([
    [undefined, /dbt_project\.yml/],
    ['- a list', /dbt_project\.yml/],
    ['a: 1\na: 2', /dbt_project\.yml/],
    ['model-paths: ["{{ var(\'x\') }}"]', /model-paths/],
    ['seed-paths: 7', /seed-paths/],
    ['test-paths: [[a]]', /test-paths/],
    ['macro-paths: [a/../../b]', /macro-paths/],
    ['packages-install-path: "{% raw %}"', /packages-install-path/],
  ])('says why it cannot be told: %s', (project, why) => {
    expect(paths(project)).toEqual({ unclear: expect.stringMatching(why) });
  });

  it.each(['packages: [{ local: "{{ x }}" }]', 'packages: 7', 'packages: [', '- x'])(
    'packages that cannot be told: %s',
    (text) =>
      expect(paths('name: shop', text)).toEqual({ unclear: expect.stringContaining('local package') }),
  );
});
