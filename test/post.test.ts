import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SOURCE = join(import.meta.dirname, '..', 'src');
const ORDINARY_USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** A main step in the middle of its run: it holds a secret in a file, serves it, and says where. */
const MAIN = `
  import { openVault } from ${JSON.stringify(join(SOURCE, 'adapters', 'vault.ts'))};
  const vault = await openVault(process.env.RUNNER_TEMP, () => {});
  await vault.files.write('token', 'the-credential');
  const { url } = await vault.broker.serve(async () => ({ status: 200, body: '{}' }));
  console.log(url);
  setInterval(() => {}, 1000);
`;

describe('post', () => {
  let temp: string;
  beforeEach(async () => {
    temp = await realpath(await mkdtemp(join(tmpdir(), 'post-')));
  });
  afterEach(async () => {
    await chmod(temp, 0o700);
    await rm(temp, { recursive: true });
  });

  const start = (args: readonly string[], options: object = {}): ChildProcess =>
    spawn(process.execPath, args, {
      env: { RUNNER_TEMP: temp },
      stdio: ['ignore', 'pipe', 'inherit'],
      ...options,
    });
  const post = async (options: object = {}): Promise<{ status: unknown; log: string }> => {
    const child = start([join(SOURCE, 'post.ts')], options);
    let log = '';
    child.stdout?.on('data', (chunk) => {
      log += chunk;
    });
    const [status] = await once(child, 'close');
    return { status, log };
  };

  it.each(['SIGKILL', 'SIGTERM'] as const)('leaves nothing of a main step that %s ended', async (signal) => {
    const main = start(['--input-type=module', '--eval', MAIN]);
    const [line] = await once(main.stdout ?? main, 'data');
    const url = String(line).trim();
    expect((await fetch(url)).status).toBe(401);
    expect(await readdir(temp)).toHaveLength(1);
    main.kill(signal);
    await once(main, 'close');
    expect(await readdir(temp), 'a killed process cleans nothing up').toHaveLength(1);

    const { status, log } = await post();
    expect([status, await readdir(temp)]).toEqual([0, []]);
    expect(log).toContain('::warning::The main step of dbt-passport did not reach its end');
    await expect(fetch(url)).rejects.toThrow();
  });

  it('is green, with a warning, when a folder cannot be removed', async () => {
    await mkdir(join(temp, 'dbt-passport-x'));
    for (const path of [join(temp, 'dbt-passport-x'), temp])
      await chown(path, 65_534, 65_534).catch(() => {});
    await chmod(temp, 0o500);
    const { status, log } = await post(ORDINARY_USER);
    expect(status).toBe(0);
    expect(log).toContain('::warning::dbt-passport could not clean up: Error: EACCES');
  });

  it('is green, with a warning, when there is no temporary folder', async () => {
    const { status, log } = await post({ env: { RUNNER_TEMP: join(temp, 'none') } });
    expect(status).toBe(0);
    expect(log).toContain('::warning::dbt-passport could not clean up: Error: ENOENT');
  });

  it('says nothing after a run that reached its end, and removes no folder of others', async () => {
    await mkdir(join(temp, 'of-another-action'));
    const { status, log } = await post({ env: { RUNNER_TEMP: temp, STATE_finished: 'true' } });
    expect([status, log, await readdir(temp)]).toEqual([0, '', ['of-another-action']]);
  });
});
