/**
 * The main job on this machine: a local issuer with GitHub's protocol, the example's policy, real dbt
 * on DuckDB, the built action started as the runner starts it, and its artifact verified. Then the
 * same job from a branch that the policy does not know. Ends with 0 only if all went as it should.
 */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import type { ClaimOverrides } from '../../test/support/claims.ts';
import { checkout, type Peers, passportCall, startPeers } from '../../test/support/passport.ts';
import { type ActionResult, REPOSITORY_ROOT, runAction, runPost } from '../../test/support/runner.ts';

const OUT = join(REPOSITORY_ROOT, '.demo');

const say = (text = '') => process.stdout.write(`${text}\n`);
const step = (text: string) => say(`\n\x1b[1m▸ ${text}\x1b[0m`);

async function job(peers: Peers, workspace: string, claims: ClaimOverrides = {}): Promise<ActionResult> {
  const result = await runAction(passportCall(peers, workspace, { claims, onLine: showLine }));
  await runPost(result);
  return result;
}

/** A line of the job's log as the web page shows it: commands to the runner take effect and are not shown. */
function showLine(line: string): void {
  const command = /^::(error|warning|notice|group)(?: [^:]*?(?:title=([^,:]*))?[^:]*)?::(.*)$/.exec(line);
  if (command !== null) say(`  ${command[1]} ${command[2] ?? ''} ${decodeURIComponent(command[3] ?? '')}`);
  else if (!line.startsWith('::')) say(`  ${line}`);
}

/** Saves the uploaded artifact and checks it with the command line, as a reviewer would. */
async function review(peers: Peers, result: ActionResult, name: string): Promise<number> {
  const stored = [...peers.artifacts.artifacts.values()].find(
    (item) => item.id === result.outputs.get('artifact-id'),
  );
  if (stored === undefined) throw new Error('the run left no artifact');
  const zip = join(OUT, `${name}.zip`);
  await writeFile(zip, stored.bytes);
  const cli = join(REPOSITORY_ROOT, 'dist', 'cli.js');
  const args = [cli, 'verify', zip, '--key', join(OUT, 'signing-public.pem')];
  say(`$ node dist/cli.js verify .demo/${name}.zip --key .demo/signing-public.pem`);
  const ended = await promisify(execFile)(process.execPath, args).then(
    ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      text: error.stdout + error.stderr,
    }),
  );
  say(ended.text.trimEnd());
  await writeFile(join(OUT, `${name}-report.html`), unzipSync(stored.bytes)['report.html'] ?? '');
  return ended.code;
}

function expect(fact: string, actual: unknown, expected: unknown): void {
  if (actual === expected) return;
  throw new Error(`${fact}: expected ${String(expected)}, got ${String(actual)}`);
}

async function demo(): Promise<void> {
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  const peers = await startPeers();
  const project = await checkout();
  try {
    await writeFile(join(OUT, 'signing-public.pem'), peers.key.publicPem);

    step('1. A production run from the protected main branch: allowed');
    const allowed = await job(peers, project.path);
    expect('status of the allowed run', allowed.outputs.get('status'), 'succeeded');

    step('2. A reviewer verifies its artifact, offline');
    expect('exit code of verify', await review(peers, allowed, 'allowed'), 0);

    step('3. The same job from a feature branch: denied before any credential exists');
    const branch = { ref: 'refs/heads/feature/quick-fix', ref_protected: 'false' };
    const denied = await job(peers, project.path, branch);
    expect('decision on the feature branch', denied.outputs.get('decision'), 'deny');

    step('4. The denial left a signed record too (exit code 3: authentic, but not a successful run)');
    expect('exit code of verify', await review(peers, denied, 'denied'), 3);

    say('\nDone. Open the reports:');
    say(`  allowed  ${join(OUT, 'allowed-report.html')}`);
    say(`  denied   ${join(OUT, 'denied-report.html')}`);
  } finally {
    await Promise.all([peers.close(), project.remove()]);
  }
}

await demo();
