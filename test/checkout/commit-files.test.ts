import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filesOfCommit, isWithin, ObjectFault, type ReadObjects } from '../../src/checkout/commit-files.ts';
import { entriesOf, formatOf, type ObjectFormat, objectId, treeOf } from '../../src/checkout/git-objects.ts';

/** A store that is built by hand, as git writes objects. */
class Store {
  readonly objects = new Map<string, { type: string; content: Uint8Array }>();
  readonly #format: ObjectFormat;
  constructor(format: ObjectFormat = 'sha1') {
    this.#format = format;
  }
  put(type: 'commit' | 'tree' | 'blob', content: Uint8Array | string): string {
    const bytes = Buffer.from(content);
    const id = objectId(type, bytes, this.#format);
    this.objects.set(id, { type, content: bytes });
    return id;
  }
  tree(entries: readonly (readonly [mode: string, name: string, id: string])[]): string {
    const parts = entries.flatMap(([mode, name, id]) => [
      Buffer.from(`${mode} ${name}\0`, 'latin1'),
      Buffer.from(id, 'hex'),
    ]);
    return this.put('tree', Buffer.concat(parts));
  }
  commit(tree: string): string {
    return this.put('commit', `tree ${tree}\nauthor A <a@example.com> 0 +0000\n\nfiles\n`);
  }
  read: ReadObjects = async (ids) =>
    new Map(ids.flatMap((id) => (this.objects.has(id) ? [[id, this.objects.get(id) as never]] : [])));
}

const only = (store: Store) => async (at: string) => (at === '' ? store.read : null);
const fault = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof ObjectFault ? error.reason : String(error)),
  );

describe('names of objects', () => {
  it('are those of git', () => {
    expect(objectId('blob', Buffer.of(), 'sha1')).toBe('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391');
    expect(objectId('tree', Buffer.of(), 'sha1')).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
    expect(objectId('blob', Buffer.of(), 'sha256')).toBe(
      '473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813',
    );
  });

  it.each([
    ['a'.repeat(40), 'sha1'],
    ['a'.repeat(64), 'sha256'],
    ['A'.repeat(40), undefined],
    ['a'.repeat(39), undefined],
    [`${'a'.repeat(40)}\n`, undefined],
    ['HEAD', undefined],
  ])('%s is of the format %s', (id, format) => expect(formatOf(id)).toBe(format));
});

describe('the files of a commit', () => {
  const store = new Store();
  const blob = store.put('blob', 'select 1');
  const models = store.tree([
    ['100644', 'a.sql', blob],
    ['120000', 'l.sql', blob],
    ['160000', 'sub', 'c'.repeat(40)],
  ]);
  const commit = store.commit(
    store.tree([
      ['40000', 'models', models],
      ['100755', 'run.sh', blob],
    ]),
  );

  it('by path, with what each is', async () => {
    expect(Object.fromEntries(await filesOfCommit(commit, [''], only(store)))).toEqual({
      'models/a.sql': { kind: 'file', id: blob },
      'models/l.sql': { kind: 'link', id: blob },
      'models/sub': { kind: 'submodule', id: 'c'.repeat(40) },
      'run.sh': { kind: 'file', id: blob },
    });
    expect([...(await filesOfCommit(commit, ['models/a.sql'], only(store))).keys()]).toEqual([
      'models/a.sql',
    ]);
  });

  it('a commit, a tree or a folder that is something else is broken; one that is not there is missing', async () => {
    for (const id of [commit, models]) {
      const lying = new Store();
      for (const [name, object] of store.objects) lying.objects.set(name, object);
      lying.objects.set(id, { type: id === commit ? 'commit' : 'tree', content: Buffer.from('other') });
      expect(await fault(filesOfCommit(commit, [''], only(lying)))).toBe('BROKEN');
      lying.objects.delete(id);
      expect(await fault(filesOfCommit(commit, [''], only(lying)))).toBe('MISSING');
    }
  });

  it.each(['..', '.', '.git', '.GIT', 'a/b', ''])(
    'a tree with the name "%s" is no tree of git',
    async (name) => {
      const odd = new Store();
      const broken = odd.commit(odd.tree([['100644', name, blob]]));
      expect(await fault(filesOfCommit(broken, [''], only(odd)))).toBe('BROKEN');
    },
  );

  it('any change of any byte of the commit or its trees is found', async () => {
    const names = [commit, models, treeOf(store.objects.get(commit)?.content ?? Buffer.of(), 'sha1')];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (id, at, by) => {
          const changed = new Store();
          for (const [name, object] of store.objects) changed.objects.set(name, object);
          const { type = '', content = Buffer.of() } = store.objects.get(id) ?? {};
          const bytes = Buffer.from(content);
          const index = at % bytes.length;
          bytes[index] = (bytes[index] ?? 0) ^ by;
          changed.objects.set(id, { type, content: bytes });
          expect(await fault(filesOfCommit(commit, [''], only(changed)))).toBe('BROKEN');
        },
      ),
    );
  });
});

it('any bytes are a tree or a fault, and what is read is what was written', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom<ObjectFormat>('sha1', 'sha256'),
      (bytes, format) => {
        try {
          for (const { name, id } of entriesOf(bytes, format)) {
            expect(name).not.toMatch(/^(\.{0,2}|.*\/.*)$/s);
            expect(formatOf(id)).toBe(format);
          }
        } catch (error) {
          expect(String(error)).toMatch(/^Error: a tree/);
        }
        try {
          expect(formatOf(treeOf(bytes, format))).toBe(format);
        } catch (error) {
          expect(String(error)).toMatch(/^Error: a commit/);
        }
      },
    ),
  );
});

it.each([
  ['models/a', 'models', true],
  ['models', 'models', true],
  ['models2', 'models', false],
  ['a', '', true],
])('%s lies in "%s": %s', (path, folder, expected) => expect(isWithin(path, folder)).toBe(expected));
