import { chmod, chown, mkdtemp, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openVault, relaysWith } from '../../src/adapters/vault.ts';
import type { SnowflakeRelay } from '../../src/credentials/broker.ts';
import { Secret } from '../../src/secret.ts';

describe('openVault', () => {
  let temp: string;
  let problems: string[];
  const open = () => openVault(temp, (problem) => problems.push(problem));
  beforeEach(async () => {
    temp = await realpath(await mkdtemp(join(tmpdir(), 'vault-')));
    problems = [];
  });
  afterEach(async () => {
    await chmod(temp, 0o700);
    await rm(temp, { recursive: true });
  });

  it('keeps files of mode 0600 in a folder of mode 0700, and nothing after close', async () => {
    const vault = await open();
    const path = await vault.files.write('pgpass', new Secret('password'));
    expect(await readFile(path, 'utf8')).toBe('password');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
    expect(dirname(dirname(path))).toBe(temp);
    await vault.close();
    expect([await readdir(temp), problems]).toEqual([[], []]);
  });

  it('replaces a file in one step: a reader never sees half of one', async () => {
    const vault = await open();
    const whole = (mark: string) => mark.repeat(200_000);
    const path = await vault.files.write('token', whole('a'));
    let done = false;
    const writers = Promise.all(
      ['b', 'c', 'd', 'e'].map((mark) => vault.files.write('token', whole(mark))),
    ).then(() => {
      done = true;
    });
    while (!done) expect(await readFile(path, 'utf8')).toMatch(/^(.)\1{199999}$/);
    await writers;
    expect(await readdir(dirname(path))).toEqual(['token']);
    await vault.close();
  });

  it('writes into its own folder only', async () => {
    const vault = await open();
    expect(dirname(await vault.files.write('../../outside', 'x'))).not.toBe(dirname(temp));
    await vault.close();
    expect(await readdir(temp)).toEqual([]);
  });

  it('closes the broker, and can be closed twice', async () => {
    const vault = await open();
    const { url, authorization } = await vault.broker.serve(async () => ({ status: 200, body: '{}' }));
    const ask = () => fetch(url, { headers: { authorization: authorization.reveal() } });
    expect((await ask()).status).toBe(200);
    await vault.close();
    await vault.close();
    await expect(ask()).rejects.toThrow();
    expect(problems).toEqual([]);
  });

  it('reports what it cannot remove, and throws nothing', async () => {
    await chown(temp, 65_534, 65_534).catch(() => {});
    await asOrdinaryUser(async () => {
      const vault = await open();
      const path = await vault.files.write('token', 'x');
      await chmod(temp, 0o500);
      await vault.close();
      expect(problems).toEqual([expect.stringContaining(dirname(path))]);
    });
  });
});

describe('relaysWith', () => {
  const relay = (closed: number[]): SnowflakeRelay => {
    return async () => ({ port: closed.length, close: async () => void closed.push(1) });
  };
  const options = {
    upstream: 'https://a.snowflakecomputing.com',
    role: '',
    refusalNote: '',
    opened: () => {},
    login: async () => ({ refusal: '' }),
  };

  it('closes each relay once, whoever asks', async () => {
    const closed: number[] = [];
    const { open, close } = relaysWith(relay(closed));
    const first = await open(options);
    await open(options);
    await first.close();
    expect(closed).toHaveLength(1);
    await close();
    expect(closed).toHaveLength(2);
  });
});

/** Root may write to any folder, so the work is done as somebody else. */
async function asOrdinaryUser(work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return await work();
  process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}
