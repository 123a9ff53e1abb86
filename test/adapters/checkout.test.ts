import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkoutReader } from '../../src/adapters/checkout.ts';
import { type Checkout, changedSince, isTokenCommit } from '../../src/checkout/observed.ts';
import type { CheckoutAsked } from '../../src/ports.ts';
import { commitAll, git } from '../support/git.ts';

const PROJECT = {
  'dbt_project.yml': 'name: shop\nversion: "1.0"\n',
  '.gitignore': 'target/\nlogs/\n*.local.sql\ndbt_packages/\n',
  'models/a.sql': 'select 1 as id\n',
  'models/marts/b.sql': "select * from {{ ref('a') }}\n",
  'seeds/s.csv': 'id\n1\n',
  'README.md': 'a project\n',
};

let root = '';
let temp = '';
let repo = '';
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'checkout-')));
  temp = join(root, 'temp');
  repo = join(root, 'repo');
  await mkdir(temp);
  await write(PROJECT);
});
afterEach(async () => {
  expect(await readdir(temp), 'what the check leaves').toEqual([]);
  await rm(root, { recursive: true });
});

async function write(files: Readonly<Record<string, string | Uint8Array>>, folder = repo): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

const reader = (searchPath = process.env['PATH'] ?? '') => checkoutReader({ tempDir: temp, searchPath });

function asked(commit: string, { project = '.', workspace = repo } = {}): CheckoutAsked {
  return {
    project: { path: join(workspace, project), inRepository: project },
    ...{ commit, repository: 'octo-org/jaffle-shop', serverUrl: 'https://github.com' },
  };
}

const look = (commit: string, where = {}): Promise<Checkout> => reader().compare(asked(commit, where));

function differencesOf(checkout: Checkout) {
  if (checkout.kind !== 'compared') throw new Error(`not compared: ${checkout.why}`);
  return checkout.differences;
}
const CLEAN = { modified: [], missing: [], untracked: [], outside: [] };

describe('FF-A16 the checkout against the commit of the token', () => {
  it('is the same in a clean checkout, whatever lies where dbt does not read', async () => {
    const commit = commitAll(repo);
    await write({
      'target/manifest.json': '{}',
      'notes.txt': '',
      'profiles.yml': 'x: 1',
      'logs/dbt.log': '',
    });
    const checkout = await look(commit);
    expect(checkout).toMatchObject({
      kind: 'compared',
      against: { kind: 'token' },
      commit,
      head: commit,
      same: 6,
    });
    expect(differencesOf(checkout)).toEqual(CLEAN);
    expect(isTokenCommit(checkout)).toBe(true);
  });

  it('names what was changed, taken away and added, ignored files and packages too', async () => {
    const commit = commitAll(repo);
    await rm(join(repo, 'models/a.sql'));
    await write({
      'models/marts/b.sql': 'select 2\n',
      'models/c.local.sql': 'select 3\n',
      'macros/evil.sql': '{% macro ref(x) %}{% endmacro %}',
      'dbt_packages/utils/macros/u.sql': '',
      'selectors.yml': 'selectors: []',
      'README.md': 'changed',
    });
    const checkout = await look(commit);
    expect(differencesOf(checkout)).toEqual({
      modified: ['README.md', 'models/marts/b.sql'],
      missing: ['models/a.sql'],
      untracked: [
        'dbt_packages/utils/macros/u.sql',
        'macros/evil.sql',
        'models/c.local.sql',
        'selectors.yml',
      ],
      outside: [],
    });
    expect(isTokenCommit(checkout)).toBe(false);
  });

  it.each(['--object-format=sha1', '--object-format=sha256'])('reads packed objects (%s)', async (format) => {
    const commit = commitAll(repo, format);
    git(repo, 'gc', '-q', '--prune=now');
    expect(isTokenCommit(await look(commit))).toBe(true);
    await write({ 'models/a.sql': 'select 2' });
    expect(differencesOf(await look(commit)).modified).toEqual(['models/a.sql']);
  });

  it('HEAD of another commit is a difference, with the very same files too', async () => {
    const commit = commitAll(repo);
    git(repo, 'commit', '-q', '--allow-empty', '-m', 'another');
    const checkout = await look(commit);
    expect(differencesOf(checkout)).toEqual(CLEAN);
    expect(checkout.head).toBe(git(repo, 'rev-parse', 'HEAD'));
    expect(isTokenCommit(checkout)).toBe(false);
  });

  it('HEAD that only says it is the commit does not help', async () => {
    const commit = commitAll(repo);
    await write({ 'models/a.sql': 'select 2' });
    commitAll(repo);
    git(repo, 'update-ref', '--no-deref', 'HEAD', commit);
    git(repo, 'update-ref', 'refs/heads/main', commit);
    const checkout = await look(commit);
    expect(checkout.head).toBe(commit);
    expect(differencesOf(checkout).modified).toEqual(['models/a.sql']);
  });

  it('another branch of the same repository, without the commit of the token, is compared with its own HEAD', async () => {
    const head = commitAll(repo);
    git(repo, 'remote', 'add', 'origin', 'https://github.com/Octo-Org/jaffle-shop');
    const checkout = await look('1'.repeat(40));
    expect(checkout).toMatchObject({ kind: 'compared', against: { kind: 'other-commit' }, commit: head });
    expect(isTokenCommit(checkout)).toBe(false);
  });

  it('the merge commit of a pull request is the token’s; its head is another commit', async () => {
    commitAll(repo);
    git(repo, 'checkout', '-q', '-b', 'feature');
    await write({ 'models/a.sql': 'select 2 as id\n' });
    const head = commitAll(repo);
    git(repo, 'checkout', '-q', 'main');
    await write({ 'models/c.sql': 'select 3\n' });
    commitAll(repo);
    git(repo, 'merge', '-q', '--no-ff', '-m', 'Merge', 'feature');
    const merge = git(repo, 'rev-parse', 'HEAD');
    git(repo, 'checkout', '-q', '--detach', merge);
    expect(isTokenCommit(await look(merge))).toBe(true);
    git(repo, 'checkout', '-q', '--detach', head);
    const checkout = await look(merge);
    expect(checkout.head).toBe(head);
    expect(differencesOf(checkout).missing).toEqual(['models/c.sql']);
  });
});

describe('the shapes of checkouts', () => {
  it('a shallow clone', async () => {
    commitAll(repo);
    await write({ 'models/a.sql': 'select 2\n' });
    const commit = commitAll(repo);
    const clone = join(root, 'clone');
    git(root, 'clone', '-q', '--depth', '1', `file://${repo}`, clone);
    expect(isTokenCommit(await look(commit, { workspace: clone }))).toBe(true);
  });

  it('a project in a folder of a larger repository: the rest of it does not count', async () => {
    const mono = join(root, 'mono');
    await write({ 'services/api.py': '', 'models/other.sql': '' }, mono);
    await cp(repo, join(mono, 'data/shop'), { recursive: true });
    const commit = commitAll(mono);
    await write({ 'services/api.py': 'changed', 'models/other.sql': 'changed', 'services/new.py': '' }, mono);
    const where = { workspace: mono, project: 'data/shop' };
    expect(isTokenCommit(await look(commit, where))).toBe(true);
    await write({ 'data/shop/models/a.sql': '' }, mono);
    expect(differencesOf(await look(commit, where)).modified).toEqual(['data/shop/models/a.sql']);
  });

  it('folders outside of the project that its files name', async () => {
    const mono = join(root, 'mono');
    await cp(repo, join(mono, 'shop'), { recursive: true });
    await write(
      {
        'shop/dbt_project.yml': 'name: shop\nmacro-paths: [macros, "../shared/macros"]\n',
        'shop/packages.yml': 'packages:\n  - local: ../common\n  - git: "https://{{ env_var(\'T\') }}@x/y"\n',
        'shared/macros/m.sql': '',
        'common/models/c.sql': '',
      },
      mono,
    );
    const commit = commitAll(mono);
    const where = { workspace: mono, project: 'shop' };
    expect(isTokenCommit(await look(commit, where))).toBe(true);
    await write({ 'shared/macros/evil.sql': '', 'shared/other.sql': '', 'common/models/c.sql': 'x' }, mono);
    expect(differencesOf(await look(commit, where))).toEqual({
      ...CLEAN,
      modified: ['common/models/c.sql'],
      untracked: ['shared/macros/evil.sql'],
    });
    await rm(join(mono, 'shared'), { recursive: true });
    expect(differencesOf(await look(commit, where)).missing).toEqual(['shared/macros/m.sql']);
  });

  it('FF-A16 local packages that a local package names, by their paths from the project', async () => {
    await write({
      'packages.yml': 'packages: [{ local: vendor/a }]\n',
      'vendor/a/packages.yml': 'packages: [{ local: ./vendor/b/ }]\n',
      'vendor/b/dependencies.yml': 'packages: [{ local: vendor/a }]\n',
    });
    const commit = commitAll(repo);
    await write({ 'vendor/b/models/evil.sql': '', 'vendor/c/models/c.sql': '' });
    const checkout = await look(commit);
    expect(differencesOf(checkout)).toEqual({ ...CLEAN, untracked: ['vendor/b/models/evil.sql'] });
    expect(checkout.localPackages).toEqual(['vendor/a', 'vendor/b']);
  });

  it('FF-A16 code in a folder that is called .git, which dbt does not pass over', async () => {
    const commit = commitAll(repo);
    await write({ 'models/.git/refs/hidden.sql': '', 'models/.git/HEAD': '', 'seeds/.git': 'gitdir: x' });
    expect(differencesOf(await look(commit))).toEqual({
      ...CLEAN,
      untracked: ['models/.git/refs/hidden.sql'],
    });
  });

  it('a sparse checkout may leave out what dbt does not read, and nothing else', async () => {
    await write({ 'docs/long.md': 'x' });
    const commit = commitAll(repo);
    git(repo, 'sparse-checkout', 'set', '--no-cone', '/*', '!/docs/');
    const checkout = await look(commit);
    expect(isTokenCommit(checkout)).toBe(true);
    expect(checkout).toMatchObject({ absent: 1 });
    git(repo, 'sparse-checkout', 'set', '--no-cone', '/*', '!/models/marts/');
    expect(differencesOf(await look(commit)).missing).toEqual(['models/marts/b.sql']);
  });

  it('a work tree beside its repository', async () => {
    const commit = commitAll(repo);
    const tree = join(root, 'tree');
    git(repo, 'worktree', 'add', '-q', '--detach', tree);
    const checkout = await look(commit, { workspace: tree });
    expect(checkout.head).toBe(commit);
    expect(isTokenCommit(checkout)).toBe(true);
  });

  it('a project that is a submodule must be at the commit that the token’s commit names', async () => {
    const inner = commitAll(repo);
    const outer = join(root, 'outer');
    await mkdir(outer);
    git(outer, 'init', '-q', '-b', 'main');
    git(outer, 'submodule', 'add', '-q', repo, 'dbt');
    const commit = commitAll(outer);
    const where = { workspace: outer, project: 'dbt' };
    const checkout = await look(commit, where);
    expect(checkout).toMatchObject({
      against: { kind: 'submodule', path: 'dbt' },
      commit: inner,
      head: inner,
    });
    expect(isTokenCommit(checkout)).toBe(true);
    await write({ 'models/a.sql': 'select 2' }, join(outer, 'dbt'));
    commitAll(join(outer, 'dbt'));
    const moved = await look(commit, where);
    expect(moved).toMatchObject({ commit: inner });
    expect(differencesOf(moved).modified).toEqual(['models/a.sql']);
  });

  it('a submodule inside the project counts by its files; one that is not checked out is missing', async () => {
    const shared = join(root, 'shared');
    await write({ 'x.sql': 'select 1' }, shared);
    commitAll(shared);
    git(repo, 'init', '-q', '-b', 'main');
    git(repo, 'submodule', 'add', '-q', shared, 'models/shared');
    const commit = commitAll(repo);
    expect(isTokenCommit(await look(commit))).toBe(true);
    await write({ 'models/shared/x.sql': 'select 2', 'models/shared/y.sql': '' });
    expect(differencesOf(await look(commit))).toEqual({
      ...CLEAN,
      modified: ['models/shared/x.sql'],
      untracked: ['models/shared/y.sql'],
    });
    const bare = join(root, 'bare');
    git(root, 'clone', '-q', repo, bare);
    expect(differencesOf(await look(commit, { workspace: bare })).missing).toEqual(['models/shared']);
  });

  it.each([
    ['https://github.com/octo-org/dbt-core-models', 'octo-org/dbt-core-models'],
    ['git@github.com:octo-org/models.git', 'octo-org/models'],
    [
      'https://x-access-token:ghs_secret@git.example.com/octo-org/models.git',
      'git.example.com/octo-org/models',
    ],
    [undefined, ''],
  ])(
    'a project in another checked-out repository: its commit and its remote (%s)',
    async (url, repository) => {
      const own = join(root, 'own');
      await write({ 'a.txt': '' }, own);
      const commit = commitAll(own);
      await cp(repo, join(own, 'dbt'), { recursive: true });
      const head = commitAll(join(own, 'dbt'));
      if (url !== undefined) git(join(own, 'dbt'), 'remote', 'add', 'origin', url);
      const checkout = await look(commit, { workspace: own, project: 'dbt' });
      expect(checkout).toMatchObject({
        against: { kind: 'other-repository', repository },
        commit: head,
        head,
      });
      expect(differencesOf(checkout)).toEqual(CLEAN);
      expect(isTokenCommit(checkout)).toBe(false);
    },
  );

  it('files as git converts them are the same: CRLF by attribute, and content behind an LFS pointer', async () => {
    const data = 'id\n1\n2\n3\n';
    const oid = createHash('sha256').update(data).digest('hex');
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${data.length}\n`;
    await write({ 'seeds/large.csv': pointer, '.gitattributes': '*.sql text eol=crlf\n' });
    const commit = commitAll(repo);
    await rm(join(repo, 'models'), { recursive: true });
    git(repo, 'checkout', '--', 'models');
    await write({ 'seeds/large.csv': data });
    const checkout = await look(commit);
    expect(checkout).toMatchObject({ lineEndings: 2, lfs: 1 });
    expect(isTokenCommit(checkout)).toBe(true);
    await write({ 'seeds/large.csv': `${data}4\n`, 'models/a.sql': 'select 2 as id\r\n' });
    expect(differencesOf(await look(commit)).modified).toEqual(['models/a.sql', 'seeds/large.csv']);
  });

  it('FF-A16 one LF that has become CRLF is an edit: git converts all of a file or none', async () => {
    await write({ 'models/c.sql': "select 'a\nb' as x\n" });
    const commit = commitAll(repo);
    await write({ 'models/c.sql': "select 'a\r\nb' as x\n" });
    expect(differencesOf(await look(commit)).modified).toEqual(['models/c.sql']);
    await write({ 'models/c.sql': "select 'a\r\nb' as x\r\n" });
    expect(isTokenCommit(await look(commit))).toBe(true);
  });

  it('names that are not UTF-8 are compared as they are', async () => {
    const odd = Buffer.concat([
      Buffer.from(`${repo}/models/`),
      Buffer.from([0xff, 0xe9]),
      Buffer.from('.sql'),
    ]);
    await writeFile(odd, 'select 1');
    const commit = commitAll(repo);
    expect(isTokenCommit(await look(commit))).toBe(true);
    await writeFile(odd, 'select 2');
    expect(differencesOf(await look(commit)).modified).toHaveLength(1);
  });
});

describe('links', () => {
  it('a link of the commit is followed: what it leads to counts, inside and outside of the repository', async () => {
    await write({ 'lib/l.sql': '' });
    await symlink('lib', join(repo, 'macros'));
    const commit = commitAll(repo);
    expect(isTokenCommit(await look(commit))).toBe(true);
    await write({ 'lib/new.sql': '' });
    expect(differencesOf(await look(commit)).untracked).toEqual(['lib/new.sql']);
  });

  it('a folder that was replaced by a link is seen, also where the files behind it are of the commit', async () => {
    await write({
      'old/a.sql': 'select 1 as id\n',
      'old/marts/b.sql': PROJECT['models/marts/b.sql'],
      'old/z.sql': '',
    });
    const commit = commitAll(repo);
    await rm(join(repo, 'models'), { recursive: true });
    await symlink('old', join(repo, 'models'));
    expect(differencesOf(await look(commit)).untracked).toEqual(['models']);
  });

  it('what dbt would read outside of the repository is named, and never followed in circles', async () => {
    await write({ 'x.sql': '' }, join(root, 'elsewhere'));
    const commit = commitAll(repo);
    await symlink(join(root, 'elsewhere'), join(repo, 'models', 'more'));
    await symlink('..', join(repo, 'models', 'marts', 'up'));
    expect(differencesOf(await look(commit))).toEqual({
      ...CLEAN,
      untracked: ['models/marts/up', 'models/more'],
      outside: [join(root, 'elsewhere/x.sql')],
    });
  });
});

describe('what cannot be known', () => {
  it('no repository, no commit, no object: each says what was missing', async () => {
    expect(await look('1'.repeat(40))).toMatchObject({ kind: 'unknown', reason: 'NO_REPOSITORY', head: '' });
    git(repo, 'init', '-q');
    expect(await look('1'.repeat(40))).toMatchObject({ kind: 'unknown', reason: 'NO_HEAD' });
    const commit = commitAll(repo);
    const tree = git(repo, 'rev-parse', 'HEAD^{tree}');
    await rm(join(repo, '.git/objects', tree.slice(0, 2)), { recursive: true });
    const checkout = await look(commit);
    expect(checkout).toMatchObject({ kind: 'unknown', reason: 'OBJECT_MISSING', head: commit });
    expect(isTokenCommit(checkout)).toBe(false);
  });

  it.each([
    ['model-paths: ["{{ env_var(\'X\') }}"]', /model-paths/],
    ['packages-install-path: "{{ var(\'p\') }}"', /packages-install-path/],
    ['model-paths: ["a/../../b"]', /model-paths/],
    ['a: [', /dbt_project\.yml/],
  ])('paths that only dbt can compute: %s', async (line, why) => {
    await write({ 'dbt_project.yml': `name: shop\n${line}\n` });
    const checkout = await look(commitAll(repo));
    expect(checkout).toMatchObject({ kind: 'unknown', reason: 'PATHS', why: expect.stringMatching(why) });
  });

  it('a file that this user may not read', async () => {
    const commit = commitAll(repo);
    await symlink('/proc/1/mem', join(repo, 'models', 'm.sql'));
    const checkout = await look(commit);
    expect(isTokenCommit(checkout)).toBe(false);
  });
});

describe('a hostile repository', () => {
  /** A program that leaves a mark when anything of it runs. */
  async function marker() {
    const mark = join(root, 'it-ran');
    const script = join(root, 'plant.sh');
    await writeFile(script, `#!/bin/sh\ntouch '${mark}'\ncat\n`);
    await chmod(script, 0o755);
    return { script, ran: () => existsSync(mark) };
  }

  it('nothing that its configuration, attributes or hooks name runs, and the edit is seen', async () => {
    const commit = commitAll(repo);
    const { script, ran } = await marker();
    const settings = {
      'core.fsmonitor': script,
      'core.hooksPath': join(root, 'hooks'),
      'core.sshCommand': script,
      'core.pager': script,
      'core.editor': script,
      'core.askPass': script,
      'credential.helper': `!${script}`,
      'diff.external': script,
      'diff.sql.textconv': script,
      'filter.sql.clean': script,
      'filter.sql.smudge': script,
      'filter.sql.process': script,
      'alias.cat-file': `!${script}`,
      'alias.config': `!${script}`,
      'gpg.program': script,
      'uploadpack.packObjectsHook': script,
      'remote.origin.url': `ext::${script}`,
      'remote.origin.promisor': 'true',
      'remote.origin.uploadpack': script,
      'extensions.partialClone': 'origin',
      'core.repositoryformatversion': '1',
      'protocol.ext.allow': 'always',
      'include.path': join(root, 'more.config'),
    };
    await writeFile(join(root, 'more.config'), `[core]\n\tfsmonitor = ${script}\n`);
    await mkdir(join(root, 'hooks'));
    for (const hook of ['post-index-change', 'reference-transaction', 'fsmonitor-watchman'])
      await cp(script, join(root, 'hooks', hook));
    await write({ '.git/info/attributes': '*.sql filter=sql diff=sql\n', 'models/a.sql': 'select 2' });
    for (const [key, value] of Object.entries(settings))
      await writeFile(join(repo, '.git/config'), line(key, value), { flag: 'a' });
    // Proves that the plants are alive: git itself runs them.
    git(repo, 'status');
    expect(ran(), 'the plants').toBe(true);
    await rm(join(root, 'it-ran'));

    expect(differencesOf(await look(commit)).modified).toEqual(['models/a.sql']);
    expect(await look('1'.repeat(40))).toMatchObject({
      against: { kind: 'other-repository', repository: '' },
    });
    const tree = git(repo, '-c', 'core.fsmonitor=false', 'rev-parse', 'HEAD:models');
    await rm(join(repo, '.git/objects', tree.slice(0, 2), tree.slice(2)));
    expect(await look(commit), 'an object that only a promisor has').toMatchObject({
      reason: 'OBJECT_MISSING',
    });
    expect(ran(), 'anything of it').toBe(false);
  });

  it('a git that an earlier step put in front of PATH does not run', async () => {
    const commit = commitAll(repo);
    const { script, ran } = await marker();
    await mkdir(join(root, 'bin'));
    await cp(script, join(root, 'bin', 'git'));
    expect(isTokenCommit(await reader(`${root}/bin:${process.env['PATH']}`).compare(asked(commit)))).toBe(
      true,
    );
    expect(ran()).toBe(false);
  });

  it('GIT_ variables of the job change nothing', async () => {
    const commit = commitAll(repo);
    await write({ 'models/a.sql': 'select 2' });
    const { script, ran } = await marker();
    const planted = {
      GIT_DIR: '/nonexistent',
      GIT_INDEX_FILE: '/nonexistent',
      GIT_EXEC_PATH: root,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: '/nonexistent',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: script,
      GIT_TRACE: join(root, 'it-ran'),
      GIT_SSH_COMMAND: script,
    };
    const before = { ...process.env };
    Object.assign(process.env, planted);
    try {
      expect(differencesOf(await look(commit)).modified).toEqual(['models/a.sql']);
    } finally {
      for (const name of Object.keys(planted)) delete process.env[name];
      Object.assign(process.env, before);
    }
    expect(ran()).toBe(false);
  });

  it.each([
    ['assume-unchanged', () => git(repo, 'update-index', '--assume-unchanged', 'models/a.sql')],
    ['skip-worktree', () => git(repo, 'update-index', '--skip-worktree', 'models/a.sql')],
    ['an index of its own', () => git(repo, 'update-index', '--add', 'models/a.sql')],
    ['an exclude file', () => write({ '.git/info/exclude': '*\n' })],
  ])('%s hides no edit', async (_, hide) => {
    const commit = commitAll(repo);
    await hide();
    await write({ 'models/a.sql': 'select 2', 'models/evil.sql': 'select 3' });
    await hide();
    expect(differencesOf(await look(commit))).toEqual({
      ...CLEAN,
      modified: ['models/a.sql'],
      untracked: ['models/evil.sql'],
    });
  });

  it('a replacement or a graft of the commit is not followed', async () => {
    const commit = commitAll(repo);
    await write({ 'models/a.sql': 'select 2' });
    const other = commitAll(repo);
    git(repo, 'replace', commit, other);
    await write({ '.git/info/grafts': `${commit} ${other}\n` });
    git(repo, 'update-ref', '--no-deref', 'refs/heads/main', commit);
    expect(differencesOf(await look(commit)).modified).toEqual(['models/a.sql']);
  });

  it('an object under the name of another is found out', async () => {
    const commit = commitAll(repo);
    const tree = git(repo, 'rev-parse', `${commit}:models`);
    await write({ 'models/a.sql': 'select 2' });
    const other = git(repo, 'rev-parse', `${commitAll(repo)}:models`);
    const place = (id: string) => join(repo, '.git/objects', id.slice(0, 2), id.slice(2));
    await chmod(place(tree), 0o644);
    await cp(place(other), place(tree));
    git(repo, 'update-ref', '--no-deref', 'refs/heads/main', commit);
    const checkout = await look(commit);
    expect(checkout.kind).toBe('unknown');
    expect(checkout).toMatchObject({ reason: expect.stringMatching(/^OBJECT_(BROKEN|MISSING)$/) });
  });

  it('a checkout of another user is read all the same', async () => {
    const commit = commitAll(repo);
    if (process.getuid?.() === 0)
      for (const path of [repo, join(repo, '.git')]) await chown(path, 4711, 4711);
    expect(isTokenCommit(await look(commit))).toBe(true);
  });
});

function line(key: string, value: string): string {
  const [section, ...rest] = key.split('.');
  const name = rest.pop();
  const header = rest.length === 0 ? section : `${section} "${rest.join('.')}"`;
  return `[${header}]\n\t${name} = "${value}"\n`;
}

it('what changes later is found, by name', async () => {
  const commit = commitAll(repo);
  const before = (await look(commit)).contents;
  expect(changedSince(before, (await reader().contents(asked(commit))) ?? new Map())).toEqual([]);
  await write({
    'models/a.sql': 'select 2',
    'models/new.sql': '',
    'dbt_packages/x/y.sql': '',
    'package-lock.yml': '',
  });
  const after = (await reader().contents(asked(commit))) ?? new Map();
  expect(changedSince(before, after)).toEqual(['models/a.sql', 'models/new.sql']);
});

it('costs some 30 ms for a thousand files', async () => {
  const files = Array.from({ length: 1_000 }, (_, at) => [
    `models/m${at % 70}/model_${at}.sql`,
    `select ${at} as id\n`.repeat(30),
  ]);
  await write(Object.fromEntries(files));
  const commit = commitAll(repo);
  await look(commit);
  const before = process.cpuUsage();
  expect(isTokenCommit(await look(commit))).toBe(true);
  const { user, system } = process.cpuUsage(before);
  // Processor time, and far more than it needs: other tests run at the same time.
  expect((user + system) / 1000).toBeLessThan(300);
});
