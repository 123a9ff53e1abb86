import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findEvidence } from '../../src/adapters/find-evidence.ts';
import { zip } from '../support/zip.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'found-'));
});
afterEach(() => rm(folder, { recursive: true }));

const BUNDLE = 'dbt-evidence.sigstore.json';
const write = async (files: Readonly<Record<string, string | Uint8Array>>) => {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
};
/** The names of what is found, each with its files; or why it cannot be read. */
const found = async (path = folder) => {
  const { artifacts, others } = await findEvidence(path);
  const read = artifacts.map(async ({ name, files }) => [
    name,
    await files().then(
      (all) => [...all.keys()].sort(),
      (error: Error) => error.message,
    ),
  ]);
  return { artifacts: Object.fromEntries(await Promise.all(read)), others: [...others] };
};
const archive = (names: readonly string[]) => zip(names.map((name) => ({ name, content: name })));
const WHOLE = [BUNDLE, 'report.html'];

describe('FF-C7 artifacts below what a person names', () => {
  it('the folder itself', async () => {
    await write({ [BUNDLE]: '{}', 'report.html': '', 'dbt/1-build/manifest.json': '{}' });
    expect(await found()).toEqual({
      artifacts: { '': [BUNDLE, 'dbt/1-build/manifest.json', 'report.html'] },
      others: [],
    });
  });

  it('inside one wrapper folder, as gh run download makes it, and in one more', async () => {
    await write({ [`one/${BUNDLE}`]: '{}', 'one/report.html': '' });
    expect(await found()).toEqual({ artifacts: { one: WHOLE }, others: [] });
    expect(await found(join(folder, 'one'))).toEqual({ artifacts: { '': WHOLE }, others: [] });
    await rm(join(folder, 'one'), { recursive: true });
    await write({ [`run/one/${BUNDLE}`]: '{}', 'run/one/report.html': '' });
    expect(await found()).toEqual({ artifacts: { 'run/one': WHOLE }, others: [] });
  });

  it('several, folders and zips, beside what is no evidence', async () => {
    await write({
      [`a/${BUNDLE}`]: '{}',
      'a/report.html': '',
      'b.zip': archive(WHOLE),
      'c.zip': archive(WHOLE.map((name) => `inner/${name}`)),
      'unsigned/report.html': '',
      'unsigned/policy.yml': '',
      'waiting/dbt-evidence.statement.json': '',
      'coverage/html/index.html': '',
      'public.pem': '',
    });
    expect(await found()).toEqual({
      artifacts: {
        a: WHOLE,
        'b.zip': WHOLE,
        'c.zip/inner': WHOLE,
        unsigned: ['policy.yml', 'report.html'],
        waiting: ['dbt-evidence.statement.json'],
      },
      others: ['coverage/', 'public.pem'],
    });
  });

  it('an outer zip with folders, or with zips', async () => {
    const outer = join(folder, 'all.zip');
    await write({
      'all.zip': archive([...WHOLE.map((name) => `a/${name}`), ...WHOLE.map((name) => `b/${name}`), 'x.txt']),
    });
    expect(await found(outer)).toEqual({ artifacts: { a: WHOLE, b: WHOLE }, others: ['x.txt'] });
    await write({ 'all.zip': zip([{ name: 'a.zip', content: archive(WHOLE) }]) });
    expect(await found(outer)).toEqual({ artifacts: { 'a.zip': WHOLE }, others: [] });
  });

  it('a broken zip is one of them', async () => {
    await write({ 'a.zip': archive(WHOLE), 'b.zip': 'no zip' });
    const { artifacts } = await found();
    expect(artifacts['a.zip']).toEqual(WHOLE);
    expect(artifacts['b.zip']).toContain('not a zip archive');
  });

  it('an artifact with another one inside is not guessed at', async () => {
    await write({ [BUNDLE]: '{}', 'report.html': '', [`other/${BUNDLE}`]: '{}' });
    expect((await found()).artifacts['']).toContain('has another one inside, at other/');
  });

  it('where there is none, it is what the person named', async () => {
    await write({ 'a/x.txt': '', 'y.txt': '' });
    expect(await found()).toEqual({ artifacts: { '': ['a/x.txt', 'y.txt'] }, others: [] });
    await expect(
      findEvidence(join(folder, 'none')).then(({ artifacts }) => artifacts[0]?.files()),
    ).rejects.toMatchObject({
      code: 'ERR_INPUT_INVALID',
    });
  });

  it('a folder of thousands of files is no folder of artifacts', async () => {
    await Promise.all(
      Array.from({ length: 2_001 }, (_, index) => writeFile(join(folder, `${index}.txt`), '')),
    );
    await expect(findEvidence(folder)).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID' });
  });
});
