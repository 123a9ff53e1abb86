import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findDbt } from '../../src/adapters/dbt-executable.ts';
import { installDbt } from '../../src/adapters/dbt-install.ts';

let root: string;
let python: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'dbt-find-')));
  python = await program('venv/bin/python3', '#!/bin/sh\n');
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function program(path: string, text: string, mode = 0o755): Promise<string> {
  const file = join(root, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}
const script = (line: string) => `${line}\nimport sys\n`;
const unavailable = (message: string | RegExp) =>
  expect.objectContaining({ code: 'ERR_DBT_UNAVAILABLE', message: expect.stringMatching(message) });

describe('E07 findDbt', () => {
  it('takes the first executable on PATH once, resolved, with its digest and its Python', async () => {
    const text = script(`#!${python}`);
    const path = await program('venv/bin/dbt', text);
    await mkdir(join(root, 'links'));
    await symlink(path, join(root, 'links', 'dbt'));
    await program('plain/dbt', 'not executable', 0o644);
    await mkdir(join(root, 'folder', 'dbt'), { recursive: true });
    const search = ['plain', 'folder', 'links', 'venv/bin'].map((name) => join(root, name)).join(':');
    const sha256 = createHash('sha256').update(text).digest('hex');
    expect(await findDbt('dbt', search)).toEqual({ path, sha256, python });
    expect(await findDbt(join(root, 'links', 'dbt'), '')).toEqual({ path, sha256, python });
  });

  it('never looks in the current folder: empty and relative entries of PATH are left out', async () => {
    const near = relative(process.cwd(), join(root, 'venv', 'bin'));
    await expect(findDbt('dbt', near)).rejects.toThrow(unavailable(/got none/));
    await expect(findDbt('dbt', `:.:${near}:${join(root, 'plain')}`)).rejects.toThrow(
      unavailable(/executable "dbt" on PATH, got none/),
    );
    await expect(findDbt('./venv/bin/dbt', '')).rejects.toMatchObject({
      message: 'expected an executable "./venv/bin/dbt", got none',
      hint: expect.stringContaining('relative to the workspace'),
    });
  });

  it.each([
    ['long', () => `#!/bin/sh\n'''exec' "${python}" "$0" "$@"\n' '''`],
    ['env', () => '#!/usr/bin/env python3'],
    ['options', () => `#!${python} -sE`],
  ])('reads the Python of the form %s', async (name, line) => {
    const path = await program(`forms/${name}`, script(line()));
    expect(await findDbt(path, join(root, 'venv', 'bin'))).toMatchObject({ path, python });
  });

  it.each([
    ['a path with a space', 'sp ace/bin', (place: string) => `'${place}/python3'`],
    [
      'a path with a quote',
      "it's here/bin",
      (place: string) => `'${place.replaceAll("'", `'"'"'`)}/python3'`,
    ],
    ['a path of 125 characters', `${'long/'.repeat(25)}bin`, (place: string) => `'${place}/python3'`],
    ['a path as pip quotes it', 'p ip/bin', (place: string) => `"${place}/python3"`],
    ['uv venv --relocatable', 're l/bin', () => `"$(dirname -- "$(realpath -- "$0")")"/'python3'`],
  ])('FF-C2 runs what installers write for %s', async (_, folder, quoted) => {
    const near = await program(`${folder}/python3`, '#!/bin/sh\n');
    const line = `'''exec' ${quoted(join(root, folder))} "$0" "$@"`;
    const path = await program(`${folder}/dbt`, script(`#!/bin/sh\n${line}\n' '''`));
    expect(await findDbt(path, '')).toMatchObject({ path, python: near });
  });

  it.each([
    ['a native program', '\u007fELF\u0002', /dbt 2\.x is not supported/],
    ['a shell wrapper', '#!/usr/bin/env bash\nexec dbt', /not a script of a Python environment/],
    [
      'a Python that is gone',
      '#!/nowhere/bin/python3\n',
      /needs the Python \/nowhere\/bin\/python3, which is not there/,
    ],
    [
      'a Python that is not on PATH',
      '#!/usr/bin/env python3\n',
      /needs the Python python3, which is not on PATH/,
    ],
    [
      'a long Python that is gone',
      `#!/bin/sh\n'''exec' '/no where/bin/python' "$0" "$@"\n' '''\n`,
      /needs the Python \/no where\/bin\/python, which is not there/,
    ],
    [
      'a command in the place of a path',
      `#!/bin/sh\n'''exec' "$(evil)"/python "$0" "$@"\n' '''\n`,
      /which is not there/,
    ],
    ['an empty file', '', /not a Python program/],
  ])('FF-C2 refuses %s, with a text of its own', async (name, text, message) => {
    const path = await program(`odd/${name.replaceAll(' ', '-')}`, text);
    await expect(findDbt(path, '')).rejects.toThrow(unavailable(message));
  });
});

const REAL_UV = process.env['DBT_PASSPORT_UV'];
const LOCK_112 = new URL('../support/requirements-dbt-112.txt', import.meta.url);
const EXAMPLE_LOCK = new URL('../../examples/jaffle-shop/requirements.txt', import.meta.url).pathname;

describe('installDbt', () => {
  const place = (searchPath = '') => ({
    searchPath,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
    // As RUNNER_TEMP may be.
    folder: join(root, 'pri vate'),
    output: () => {},
  });

  it.each(['', 'dbt', '  dbt\n'])('%j is the dbt on PATH', async (input) => {
    const path = await program('on-path/dbt', script(`#!${python}`));
    expect(await installDbt(input, place(join(root, 'on-path')))).toMatchObject({ path });
  });

  it.each([
    '1.11.16',
    '1.11.16 dbt-duckdb',
    '1.11.16 dbt-duckdb>=1',
    '1.11.16 --index-url=x',
    '1.11.16 dbt-duckdb==1.11.1 git+https://x',
    'dbt build',
  ])('refuses %j, which is none of the forms', async (input) => {
    await expect(installDbt(input, place())).rejects.toThrow(unavailable(/none of its forms/));
  });

  it('refuses a lock file that is not there, and an installation without uv', async () => {
    await expect(installDbt('nowhere/requirements.txt', place())).rejects.toThrow(
      unavailable(/does not exist/),
    );
    await expect(installDbt('1.11.16 dbt-duckdb==1.11.1', place())).rejects.toThrow(unavailable(/needs uv/));
  });

  describe.skipIf(REAL_UV === undefined)(
    `with uv${REAL_UV === undefined ? ' (skipped: uv not installed)' : ''}`,
    () => {
      const withUv = async () => {
        await rm(join(root, 'pri vate'), { recursive: true, force: true });
        await mkdir(join(root, 'pri vate'));
        return place(`${join(REAL_UV ?? '', '..')}:${process.env['PATH']}`);
      };

      it('D05 refuses a lock file without hashes', async () => {
        const lock = await program('open/requirements.txt', 'dbt-core==1.11.16\n', 0o644);
        await expect(installDbt(lock, await withUv())).rejects.toThrow(
          expect.objectContaining({
            message: expect.stringMatching(/uv pip sync/),
            hint: expect.stringContaining('hashes'),
          }),
        );
      });

      it('FF-C5 tells a package without a wheel from a lock without hashes', async () => {
        const refused = installDbt('1.8.10 dbt-duckdb==1.8.4', await withUv());
        await expect(refused).rejects.toMatchObject({ hint: expect.stringContaining('has no wheel') });
        await expect(refused).rejects.not.toMatchObject({ hint: expect.stringContaining('hashes') });
      });

      it('FF-C5 installs a lock that has the parser of dbt-core 1.12, without it', async () => {
        const whole = await readFile(LOCK_112, 'utf8');
        const parser = ['dbt-core-experimental-parser==2.0.8 \\', `    --hash=sha256:${'0'.repeat(64)} \\`];
        const lock = [...parser, `    --hash=sha256:${'1'.repeat(64)}`, '    # via dbt-core', whole].join(
          '\n',
        );
        const path = await program('users/requirements.txt', lock, 0o644);
        const said: string[] = [];
        const output = (chunk: Uint8Array) => said.push(Buffer.from(chunk).toString());
        const dbt = await installDbt(path, { ...(await withUv()), output });
        expect(dbt.python.startsWith(join(root, 'pri vate', 'venv'))).toBe(true);
        expect(said.join('')).toContain('dbt-core-experimental-parser of the lock file is left out');
      });

      it.each([EXAMPLE_LOCK, '1.12.6 dbt-duckdb==1.11.1'])(
        'FF-C5 FF-C2 installs %s into a folder with a space',
        async (input) => {
          const dbt = await installDbt(input, await withUv());
          expect(dbt.path).toBe(join(root, 'pri vate', 'venv', 'bin', 'dbt'));
          expect(dbt.python.startsWith(join(root, 'pri vate', 'venv'))).toBe(true);
        },
      );
    },
  );
});
