import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { expect } from 'vitest';
import type { DbtRunPredicate } from '../../src/evidence/predicate.ts';
import type { Peers } from '../support/passport.ts';
import { type ActionResult, COMPILED, REPOSITORY_ROOT } from '../support/runner.ts';

export interface Reviewed {
  /** Files of the artifact, sorted. */
  readonly names: readonly string[];
  readonly files: ReadonlyMap<string, string>;
  readonly exitCode: number;
  readonly text: string;
}

/** Checks the artifact that a run uploaded with the built command line, as a reviewer does: the zip, and unpacked. */
export async function verifyArtifact(peers: Peers, run: ActionResult, ...more: string[]): Promise<Reviewed> {
  const id = run.outputs.get('artifact-id');
  const stored = [...peers.artifacts.artifacts.values()].find((artifact) => artifact.id === id);
  if (stored === undefined) throw new Error(`the run uploaded no artifact\n${run.stdout}`);
  const folder = await mkdtemp(join(tmpdir(), 'review-'));
  try {
    const zip = join(folder, 'artifact.zip');
    const key = join(folder, 'public.pem');
    await writeFile(zip, stored.bytes);
    await writeFile(key, peers.key.publicPem);
    const trust = more.includes('--trusted-root') ? [] : ['--key', key];
    const ended = await runCli(['verify', zip, ...trust, ...more]);
    const unpacked = Object.entries(unzipSync(stored.bytes));
    for (const [name, bytes] of unpacked) {
      await mkdir(dirname(join(folder, 'unpacked', name)), { recursive: true });
      await writeFile(join(folder, 'unpacked', name), bytes);
    }
    const same = await runCli(['verify', join(folder, 'unpacked'), ...trust, ...more]);
    expect(same, 'the folder is judged as the zip is').toEqual(ended);
    const files = new Map(unpacked.map(([name, bytes]) => [name, text(bytes)]));
    return { ...ended, files, names: [...files.keys()].sort() };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The record of the run that the artifact holds signed. */
export function predicateOf({ files }: Reviewed): DbtRunPredicate {
  const bundle = JSON.parse(files.get('dbt-evidence.sigstore.json') ?? '{}');
  return JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString()).predicate;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

export function runCli(args: readonly string[], input = ''): Promise<{ exitCode: number; text: string }> {
  const cli = join(REPOSITORY_ROOT, 'dist', 'cli.js');
  return new Promise((resolve) => {
    // Without an environment of its own: the command line needs no token, account or network.
    const child = execFile(process.execPath, [cli, ...args], { env: COMPILED }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ exitCode, text: stdout + stderr });
    });
    child.stdin?.end(input);
  });
}
