import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesOf, jsonOf, suiteFiles, writeIn, writeNew } from '../../src/adapters/given-files.ts';

describe('files that a person names', () => {
  let folder = '';
  const at = (name: string) => join(folder, name);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'given-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('writeNew writes all or, when one is there, none', async () => {
    await writeNew(new Map([[at('a'), '1']]));
    const again = writeNew(
      new Map([
        [at('b'), '2'],
        [at('a'), '2'],
      ]),
    );
    await expect(again).rejects.toThrow(/never overwritten/);
    expect(await readdir(folder)).toEqual(['a']);
    expect(await readFile(at('a'), 'utf8')).toBe('1');
  });

  it('writeNew makes the folder, and says why it cannot', async () => {
    await writeNew(new Map([[at('policies/dbt.yml'), '1']]));
    expect(await readFile(at('policies/dbt.yml'), 'utf8')).toBe('1');
    const below = writeNew(new Map([[at('policies/dbt.yml/x'), '']]));
    await expect(below).rejects.toThrow(/writing .* gave (EEXIST|ENOTDIR)/);
  });

  it('writeIn replaces what it wrote before, and never leaves the folder', async () => {
    await writeIn(at('out'), [{ name: 'x/a.json', text: '1' }]);
    await writeIn(at('out'), [{ name: 'x/a.json', text: '2' }]);
    expect(await readFile(at('out/x/a.json'), 'utf8')).toBe('2');
    for (const name of ['../a', '/a', 'x/../../a']) {
      await expect(writeIn(at('out'), [{ name, text: '' }]), name).rejects.toThrow(/inside the folder/);
    }
  });

  it('suiteFiles: beside the policy, in tests/, a file, or every suite of a folder', async () => {
    const policy = at('dbt.yml');
    await expect(suiteFiles(policy, undefined)).rejects.toThrow(/expected a suite at/);
    await mkdir(at('tests'));
    await writeFile(at('tests/dbt.test.yml'), '');
    await writeFile(at('tests/notes.md'), '');
    expect(await suiteFiles(policy, undefined)).toEqual([at('tests/dbt.test.yml')]);
    await writeFile(at('dbt.test.yml'), '');
    expect(await suiteFiles(policy, undefined)).toEqual([at('dbt.test.yml'), at('tests/dbt.test.yml')]);
    expect(await suiteFiles(policy, at('tests'))).toEqual([at('tests/dbt.test.yml')]);
    expect(await suiteFiles(policy, at('x.test.yml'))).toEqual([at('x.test.yml')]);
    await mkdir(at('empty'));
    await expect(suiteFiles(policy, at('empty'))).rejects.toThrow(/expected a suite at/);
  });

  it('bytesOf says what is wrong with a path', async () => {
    await expect(bytesOf(at('nowhere'))).rejects.toMatchObject({
      message: expect.stringContaining('ENOENT'),
      hint: 'Check the path; it is relative to the current folder.',
    });
    await expect(bytesOf(folder)).rejects.toMatchObject({ hint: 'It is a folder; name a file in it.' });
  });

  it.skipIf(process.platform === 'win32')('bytesOf ends for a file without an end', async () => {
    await expect(bytesOf('/dev/zero')).rejects.toThrow(/64 MiB at most at \/dev\/zero, got more/);
  });

  it('jsonOf names the file that is no JSON', async () => {
    await writeFile(at('a.json'), '{');
    await expect(jsonOf(at('a.json'))).rejects.toThrow(/expected JSON in .*a\.json, got something else/);
  });

  it.each([
    ['a token', 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln\n'],
    ['its payload', 'eyJpc3MiOiJ4In0='],
  ])('jsonOf tells %s that is not decoded from broken JSON, and does not show it', async (_, text) => {
    await writeFile(at('claims.json'), text);
    const error = await jsonOf(at('claims.json')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message: expect.stringContaining('a token that is not decoded'),
      hint: expect.stringContaining('base64url'),
    });
    expect(JSON.stringify(error)).not.toContain('eyJpc3M');
  });
});
