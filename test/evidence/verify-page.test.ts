import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keySigner } from '../../src/adapters/signing-key.ts';
import { bytes, type Files, p256Key, sealed, trueRecord } from '../support/evidence.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/verify.md'), 'utf8');
const commands = /<!-- commands: openssl -->\n```sh\n([\s\S]*?)```/.exec(page)?.[1] ?? '';

function runs(...command: [string, ...string[]]): boolean {
  try {
    execFileSync(command[0], command.slice(1), { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
const tools = runs('openssl', 'version') && runs('python3', '--version') && runs('sha256sum', '--version');

/** What the commands of the page print over these files; throws when one of them fails. */
function checked(files: Files, publicPem: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'by-hand-'));
  try {
    for (const [name, content] of [...files, ['signing-public.pem', bytes(publicPem)] as const]) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    return execFileSync('bash', ['-e', '-o', 'pipefail', '-c', commands], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf(!tools)(
  'the commands of docs/verify.md (skipped without openssl, python3 or sha256sum)',
  () => {
    const key = p256Key();

    it('accept what was signed', async () => {
      const shown = checked(await sealed(await trueRecord(), keySigner(key.secret)), key.publicPem);
      expect(shown).toContain('Verified OK');
      expect(shown).toContain('dbt/1-build/run_results.json: OK');
    });

    it('refuse another key and another file', async () => {
      const files = await sealed(await trueRecord(), keySigner(key.secret));
      expect(() => checked(files, p256Key().publicPem)).toThrow();
      files.set('policy.yml', bytes('version: 2\n'));
      expect(() => checked(files, key.publicPem)).toThrow(/1 computed checksum did NOT match/);
    });
  },
);
