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

/** Most of one command's log that is kept whole, in bytes: dbt writes it in some 3 KB for each node. */
const LONGEST_LOG = 64 * 1024 * 1024;

/**
 * What was appended to a log since it had `from` bytes. Of more than `longest` bytes the beginning and the end are
 * kept, in whole lines, with a line between them that says what is missing. dbt itself neither rotates nor cuts its
 * log here; a log that is shorter than before was changed by something else, which its first line then says.
 */
export async function readSince(path: string, from: number, longest = LONGEST_LOG): Promise<Uint8Array> {
  const size = await sizeOf(path);
  const lost = size < from;
  const start = lost ? 0 : from;
  if (size === 0 && !lost) return new Uint8Array();
  const head = lost
    ? [cutLine('the log is shorter than before this command: something else has changed it', from - size)]
    : [];
  if (size - start <= longest) return Buffer.concat([...head, await readRange(path, start, size)]);
  const half = Math.floor(longest / 2);
  const first = wholeLines(await readRange(path, start, start + half), 'first');
  const last = wholeLines(await readRange(path, size - half, size), 'last');
  const missing = size - start - first.length - last.length;
  const reason = `of ${size - start} bytes the first ${first.length} and the last ${last.length} are kept`;
  return Buffer.concat([...head, first, cutLine(reason, missing), last]);
}

async function readRange(path: string, start: number, end: number): Promise<Buffer> {
  if (end === 0) return Buffer.alloc(0);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Without the line that the cut went through. */
function wholeLines(bytes: Buffer, which: 'first' | 'last'): Buffer {
  const end = which === 'first' ? bytes.lastIndexOf(10) : bytes.indexOf(10);
  return which === 'first' ? bytes.subarray(0, end + 1) : bytes.subarray(end + 1);
}

/** In the form of dbt's own lines. */
function cutLine(reason: string, missing: number): Buffer {
  const msg = `dbt-passport cut the log here: ${reason}; ${missing} bytes are missing`;
  return Buffer.from(
    `${JSON.stringify({ info: { name: 'DbtPassportLogCut', level: 'warn', msg }, data: { missing } })}\n`,
  );
}

/** Size in bytes; 0 for a file that does not exist. */
export async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}
