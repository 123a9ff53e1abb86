/** What the bundles cost before they do any work, against a Node that does nothing. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Peers } from '../support/passport.ts';
import { REPOSITORY_ROOT } from '../support/runner.ts';
import { timed, type Variant } from './measure.ts';

const cwd = REPOSITORY_ROOT;

export const bareNode: Variant = {
  command: 'node -e 0',
  once: () => timed([process.execPath, '-e', '0'], { cwd, env: {}, status: 0 }),
};

/** Outside a job it stops at once, with its first line: what is measured is loading and reading inputs. */
export const firstLine: Variant = {
  command: 'node dist/main.js  (to the first byte of its log)',
  once: () => timed([process.execPath, 'dist/main.js'], { cwd, env: {}, until: 'first byte' }),
};

/** Verification of the newest artifact that the peers hold, with `cleanup` for the files it needs. */
export async function verification(
  peers: Peers,
): Promise<{ readonly variant: Variant; cleanup(): Promise<void> }> {
  const stored = [...peers.artifacts.artifacts.values()].at(-1);
  if (stored === undefined) throw new Error('no artifact was uploaded');
  const folder = await mkdtemp(join(tmpdir(), 'verify-'));
  const zip = join(folder, 'artifact.zip');
  const key = join(folder, 'public.pem');
  await writeFile(zip, stored.bytes);
  await writeFile(key, peers.key.publicPem);
  const command = [process.execPath, 'dist/cli.js', 'verify', zip, '--key', key];
  return {
    variant: {
      command: 'node dist/cli.js verify artifact.zip --key public.pem',
      once: () => timed(command, { cwd, env: {}, status: 0 }),
    },
    cleanup: () => rm(folder, { recursive: true, force: true }),
  };
}
