import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keySigner } from '../../src/adapters/signing-key.ts';
import { type Files, p256Key, sealed, trueRecord } from '../support/evidence.ts';
import { deniedRecord } from '../support/records.ts';
import { zip } from '../support/zip.ts';
import { runCli } from './verify-artifact.ts';

const KEY = p256Key();

describe('FF-C7 verify, as gh run download leaves it', () => {
  let root = '';
  let good: Files;
  let denied: Files;
  const write = async (folder: string, files: ReadonlyMap<string, Uint8Array>) => {
    for (const [name, bytes] of files) {
      await mkdir(dirname(join(root, folder, name)), { recursive: true });
      await writeFile(join(root, folder, name), bytes);
    }
  };
  const verify = (path: string, ...more: string[]) =>
    runCli(['verify', join(root, path), '--key', join(root, 'public.pem'), ...more]);
  const zipped = (files: Files, at = '') =>
    zip([...files].map(([name, content]) => ({ name: `${at}${name}`, content })));

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'several-'));
    await writeFile(join(root, 'public.pem'), KEY.publicPem);
    good = await sealed(await trueRecord(), keySigner(KEY.secret));
    // A record without a policy is whole too, and is of another run than one that succeeded.
    const record = deniedRecord();
    denied = await sealed(record, keySigner(KEY.secret), new Map([['report.html', new Uint8Array([1])]]));
    await write('one/dbt-passport-build-1', good);
    await write('runs/dbt-passport-build-1', good);
    await write(
      'runs/dbt-passport-build-2',
      new Map([...good].map(([name, bytes]) => [name, name === 'report.html' ? new Uint8Array([2]) : bytes])),
    );
    await write('runs/coverage', new Map([['index.html', new Uint8Array([3])]]));
    await writeFile(join(root, 'runs', 'dbt-passport-denied.zip'), zipped(denied));
    await writeFile(
      join(root, 'all.zip'),
      zip([...good].map(([name, content]) => ({ name: `a/${name}`, content }))),
    );
  });
  afterAll(() => rm(root, { recursive: true }));

  it('one artifact in one wrapper folder: found, named, and judged as ever', async () => {
    const { exitCode, text } = await verify('one');
    expect(exitCode, text).toBe(0);
    expect(text).toContain('artifact: dbt-passport-build-1');
    expect(text).toContain('AUTHENTIC, and the run you expect.');
    expect(text).not.toContain('not signed');
    const alone = await verify('one/dbt-passport-build-1');
    expect(alone.exitCode).toBe(0);
    expect(text).toContain(alone.text.trimEnd());
  });

  it('several: a verdict for each, the worst exit code, and what is no evidence is named', async () => {
    const { exitCode, text } = await verify('runs');
    expect(exitCode, text).toBe(1);
    expect(text).toMatch(/^ {2}0 {2}dbt-passport-build-1: AUTHENTIC, and/m);
    expect(text).toMatch(/^ {2}1 {2}dbt-passport-build-2: NOT AUTHENTIC/m);
    expect(text).toContain('report.html was changed after it was signed');
    expect(text).toContain('dbt-passport-denied.zip');
    expect(text).toMatch(/no evidence of a run: coverage\//);
    const json = JSON.parse((await verify('runs', '--json')).text);
    expect(json).toMatchObject({ exitCode: 1, others: ['coverage/'] });
    expect(json.artifacts.map((each: { artifact: string }) => each.artifact)).toEqual([
      'dbt-passport-build-1',
      'dbt-passport-build-2',
      'dbt-passport-denied.zip',
    ]);
  });

  it('an outer zip is looked into', async () => {
    const { exitCode, text } = await verify('all.zip');
    expect(exitCode, text).toBe(0);
    expect(text).toContain('artifact: a');
  });

  it('an expectation that one of them does not meet is 3', async () => {
    const { exitCode, text } = await verify('one', '--expect-repository', 'acme/other');
    expect(exitCode, text).toBe(3);
  });
});
