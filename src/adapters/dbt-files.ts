import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DbtFile } from '../dbt/invocation.ts';

const ARTIFACTS = ['manifest.json', 'run_results.json', 'catalog.json', 'sources.json'] as const;

/**
 * The artifacts that one invocation wrote, as exact bytes. A file that an earlier command left behind
 * names another invocation and is not taken.
 */
export async function collectArtifacts(target: string, invocationId: string): Promise<readonly DbtFile[]> {
  const files: DbtFile[] = [];
  for (const name of ARTIFACTS) {
    const bytes = await readFile(join(target, name)).catch(() => null);
    if (bytes !== null && invocationId !== '' && invocationOf(bytes) === invocationId)
      files.push({ name, bytes });
  }
  return files;
}

/** metadata.invocation_id, which dbt writes near the start, found without parsing megabytes. */
function invocationOf(json: Buffer): string {
  const start = json.toString('utf8', 0, 64 * 1024);
  return /"invocation_id":\s*"([^"]*)"/.exec(start)?.[1] ?? '';
}

/** What was appended to a log since it had `from` bytes. A log that is now shorter was rotated and is read from its start. */
export async function readSince(path: string, from: number): Promise<Uint8Array> {
  const size = await sizeOf(path);
  if (size === 0) return new Uint8Array();
  const start = size < from ? 0 : from;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Size in bytes; 0 for a file that does not exist. */
export async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}
