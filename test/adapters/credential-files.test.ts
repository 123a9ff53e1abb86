import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCredentialFiles } from '../../src/adapters/credential-files.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'credential-files-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function project(name: string, profiles?: string | Uint8Array) {
  const path = join(root, name);
  await mkdir(path);
  if (profiles !== undefined) await writeFile(join(path, 'profiles.yml'), profiles);
  return { path, inRepository: 'dbt' };
}

describe('readCredentialFiles', () => {
  it('reads profiles.yml by its path in the repository; null without one', async () => {
    const found = await readCredentialFiles(await project('one', 'a: b\n'), undefined);
    expect(found).toEqual({ profiles: { path: 'dbt/profiles.yml', text: 'a: b\n' }, google: null });
    expect((await readCredentialFiles(await project('none'), undefined)).profiles).toBeNull();
  });

  it.each<[string, string | Uint8Array]>([
    ['too large', 'x'.repeat(1024 * 1024 + 1)],
    ['no text', Uint8Array.of(0xff, 0xfe, 0xfd)],
  ])('says that a profiles.yml is there when it cannot be read: %s', async (name, content) => {
    const found = await readCredentialFiles(await project(name, content), undefined);
    expect(found.profiles).toEqual({ path: 'dbt/profiles.yml', text: null });
  });

  it('does not wait for a pipe, nor read a folder', async () => {
    const piped = await project('pipe');
    execFileSync('mkfifo', [join(piped.path, 'profiles.yml')]);
    expect((await readCredentialFiles(piped, root)).profiles?.text).toBeNull();
    expect((await readCredentialFiles(piped, root)).google).toBeNull();
  });

  it('tells a federation from a key, and keeps both out of every text', async () => {
    const place = await project('google');
    const file = join(root, 'google.json');
    for (const [type, key, federated] of [
      ['external_account', 'note', true],
      ['external_account', 'private_key', false],
      ['external_account', 'refresh_token', false],
      ['service_account', 'private_key', false],
    ] as const) {
      await writeFile(file, JSON.stringify({ type, [key]: 'pem-value' }));
      const { google } = await readCredentialFiles(place, file);
      expect(google?.federated).toBe(federated);
      expect(JSON.stringify(google)).not.toContain('pem-value');
      expect(google?.content.reveal()).toContain('pem-value');
    }
    await writeFile(file, 'no JSON');
    expect((await readCredentialFiles(place, file)).google?.federated).toBe(false);
    expect((await readCredentialFiles(place, join(root, 'absent'))).google).toBeNull();
  });
});
