import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { ReadObjects } from '../checkout/commit-files.ts';
import type { ObjectFormat } from '../checkout/git-objects.ts';
import { findProgram } from './dbt-executable.ts';
import { type PrivateFolder, privateFolder } from './private-folder.ts';

/** Where systems keep their own git. Before PATH, which every earlier step of the job can change. */
const SYSTEM_FOLDERS = ['/usr/bin', '/bin', '/usr/local/bin', '/opt/homebrew/bin'];

/** Seconds for one call, and bytes of its answer: far above what a large repository needs. */
const CALL_SECONDS = 60;
const ANSWER_BYTES = 512 * 1024 * 1024;

/**
 * git as a reader of objects, and of nothing else. It never works in the checkout's repository: it gets an empty one of ours,
 * and the checkout's object folder beside it. So no configuration, hook, filter, index, replacement or promisor of the
 * checkout is ever read, and whose the checkout is does not matter.
 */
export interface GitStore {
  readonly read: (objects: string, format: ObjectFormat) => ReadObjects;
  /** Sizes in bytes, of the objects that are there. */
  sizes(objects: string, format: ObjectFormat, ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The address of the remote `origin` in a configuration file; empty when it has none. What it includes is not read. */
  origin(config: string): Promise<string>;
  close(): Promise<void>;
}

/** Null when there is no git. */
export async function openGitStore(tempDir: string, searchPath: string): Promise<GitStore | null> {
  const git = await findProgram('git', [...SYSTEM_FOLDERS, searchPath].join(delimiter));
  if (git === null) return null;
  const folder = await privateFolder(tempDir);
  try {
    for (const format of ['sha1', 'sha256'] as const)
      await emptyRepository(join(folder.path, format), format);
  } catch (error) {
    await folder.remove();
    throw error;
  }
  const call = (args: readonly string[], at: { format: ObjectFormat; objects?: string }, input = '') =>
    run(git, args, environment(folder, at), input);
  return {
    read: (objects, format) => async (ids) =>
      readBatch(await call(['cat-file', '--batch'], { format, objects }, lines(ids))),
    sizes: async (objects, format, ids) =>
      readSizes(await call(['cat-file', '--batch-check'], { format, objects }, lines(ids))),
    origin: async (config) => {
      const args = ['config', '--file', config, '--no-includes', '--get', 'remote.origin.url'];
      return (await call(args, { format: 'sha1' })).toString('utf8').trimEnd();
    },
    close: () => folder.remove(),
  };
}

/** What makes a folder a repository for git, and no more. */
async function emptyRepository(path: string, format: ObjectFormat): Promise<void> {
  await mkdir(join(path, 'refs'), { recursive: true, mode: 0o700 });
  await mkdir(join(path, 'objects'), { mode: 0o700 });
  await writeFile(join(path, 'HEAD'), 'ref: refs/heads/none\n');
  const extension = format === 'sha1' ? '' : '[extensions]\n\tobjectformat = sha256\n';
  await writeFile(join(path, 'config'), `[core]\n\trepositoryformatversion = 1\n\tbare = true\n${extension}`);
}

/** Nothing of the job's environment. */
function environment(
  { path }: PrivateFolder,
  { format, objects }: { format: ObjectFormat; objects?: string },
) {
  return {
    PATH: SYSTEM_FOLDERS.join(delimiter),
    HOME: path,
    LC_ALL: 'C',
    GIT_DIR: join(path, format),
    ...(objects !== undefined && { GIT_OBJECT_DIRECTORY: objects }),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
  };
}

function lines(ids: readonly string[]): string {
  return ids.map((id) => `${id}\n`).join('');
}

/** Standard output; what git says of a failure is not needed, for what it left out is then missing. */
function run(git: string, args: readonly string[], env: Readonly<Record<string, string>>, input: string) {
  return new Promise<Buffer>((resolve, reject) => {
    const child = spawn(git, args, {
      cwd: env['HOME'],
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: CALL_SECONDS * 1000,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    let length = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > ANSWER_BYTES) child.kill('SIGKILL');
      else chunks.push(chunk);
    });
    child.stdin.on('error', () => {}); // the end of the process says why
    child.on('error', reject);
    child.on('close', () => resolve(Buffer.concat(chunks)));
    child.stdin.end(input);
  });
}

type Objects = Awaited<ReturnType<ReadObjects>>;

/** `<id> <type> <size>\n<content>\n`, or `<id> missing\n`; what ends early is left out. */
function readBatch(answer: Buffer): Objects {
  const found = new Map<string, { type: string; content: Uint8Array }>();
  for (let at = 0; at < answer.length; ) {
    const end = answer.indexOf(0x0a, at);
    if (end < 0) break;
    const [id = '', type = '', size] = answer.toString('latin1', at, end).split(' ');
    at = end + 1;
    if (size === undefined) continue;
    const content = answer.subarray(at, at + Number(size));
    if (content.length < Number(size)) break;
    found.set(id, { type, content });
    at += content.length + 1;
  }
  return found;
}

function readSizes(answer: Buffer): ReadonlyMap<string, number> {
  const sizes = answer
    .toString('latin1')
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([id = '', , size]) => (size === undefined ? [] : [[id, Number(size)] as const]));
  return new Map(sizes);
}
