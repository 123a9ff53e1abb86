import { createReadStream } from 'node:fs';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';

/** Files that a person names on the command line. Every failure is an ERR_INPUT_INVALID with the path. */

/** Bytes up to which a file is read: the trust of a whole cloud account fits, an endless device does not. */
const LARGEST = 64 * 1024 * 1024;

const READING: Readonly<Record<string, string>> = {
  EISDIR: 'It is a folder; name a file in it.',
  EACCES: 'It is there, but this account may not read it.',
};

/** A file, or with `-` the standard input. */
export async function bytesOf(path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of path === '-' ? standardInput() : createReadStream(path)) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > LARGEST) throw tooLarge(path);
    }
  } catch (cause) {
    if (cause instanceof PassportError) throw cause;
    const { code = 'an error' } = cause as NodeJS.ErrnoException;
    throw new PassportError(
      'ERR_INPUT_INVALID',
      `expected a file at ${plain(path)}; reading it gave ${plain(code)}`,
      { hint: READING[code] ?? 'Check the path; it is relative to the current folder.', cause },
    );
  }
  return Buffer.concat(chunks);
}

function standardInput(): NodeJS.ReadStream {
  if (!process.stdin.readableEnded) return process.stdin;
  throw new PassportError('ERR_INPUT_INVALID', 'expected - once, got it for two files', {
    hint: 'Standard input can be read once; write the other one into a file.',
  });
}

function tooLarge(path: string): PassportError {
  return new PassportError(
    'ERR_INPUT_INVALID',
    `expected a file of ${LARGEST / 1024 / 1024} MiB at most at ${plain(path)}, got more`,
    { hint: 'Name the file that you mean; this is no policy, token or description of a cloud.' },
  );
}

export async function textOf(path: string): Promise<string> {
  return new TextDecoder().decode(await bytesOf(path));
}

export async function jsonOf(path: string): Promise<unknown> {
  const text = await textOf(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const got = LIKE_A_TOKEN.test(text) ? 'a token that is not decoded' : 'something else';
    throw new PassportError('ERR_INPUT_INVALID', `expected JSON in ${plain(path)}, got ${got}`, {
      hint: LIKE_A_TOKEN.test(text)
        ? DECODE
        : 'Claims are the decoded payload of a token (docs/policy.md); a trusted root is trusted_root.json.',
      cause,
    });
  }
}

/** A JWT, or its payload alone: base64url of an object begins with `eyJ`. */
const LIKE_A_TOKEN = /^\s*"?eyJ[\w-]+(\.[\w-]+){0,2}={0,2}"?\s*$/;
const DECODE = `A token does not belong in a file; only its payload is asked for:
  node -p 'Buffer.from(TOKEN.split(".")[1], "base64url").toString()' > claims.json`;

/** Beside the policy: `NAME.test.yml`, or `tests/NAME.test.yml`; the first is where a new one belongs. */
export function suitePaths(policy: string): readonly [string, string] {
  const name = `${basename(policy, extname(policy))}.test.yml`;
  return [join(dirname(policy), name), join(dirname(policy), 'tests', name)];
}

/** The suites that are meant: a file, every `*.test.yml` of a folder, or those beside the policy. */
export async function suiteFiles(policy: string, given: string | undefined): Promise<readonly string[]> {
  if (given === undefined) {
    const paths = suitePaths(policy);
    const kinds = await Promise.all(paths.map(kindOf));
    const found = paths.filter((_, index) => kinds[index] === 'file');
    if (found.length > 0) return found;
    throw noSuite(`${plain(paths[0])} or ${plain(paths[1])}`);
  }
  if ((await kindOf(given)) !== 'folder') return [given];
  const names = (await readdir(given)).filter((name) => /\.test\.ya?ml$/.test(name)).sort();
  if (names.length === 0) throw noSuite(`*.test.yml in ${plain(given)}`);
  return names.map((name) => join(given, name));
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? 'nothing' : found.isDirectory() ? 'folder' : 'file';
}

function noSuite(expected: string): PassportError {
  return new PassportError('ERR_INPUT_INVALID', `expected a suite at ${expected}, got none`, {
    hint: 'Write one (docs/policy-commands.md), or name it with --cases.',
  });
}

/** Writes files that are not there yet, and their folders; none when one of them is. */
export async function writeNew(files: ReadonlyMap<string, string>): Promise<void> {
  for (const path of files.keys()) if ((await kindOf(path)) !== 'nothing') throw taken(path);
  for (const [path, text] of files) await write(path, text, 'wx');
}

async function write(path: string, text: string, flag: 'w' | 'wx'): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    throw unwritten(folder, cause);
  });
  await writeFile(path, text, { flag }).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'EEXIST' ? taken(path) : unwritten(path, cause);
  });
}

function unwritten(path: string, cause: NodeJS.ErrnoException): PassportError {
  return new PassportError('ERR_INPUT_INVALID', `writing ${plain(path)} gave ${cause.code ?? 'an error'}`, {
    hint: 'Check that it is a folder, or in one, that may be written to.',
    cause,
  });
}

function taken(path: string): PassportError {
  return new PassportError('ERR_INPUT_INVALID', `${plain(path)} is there already, and is never overwritten`, {
    hint: 'Name another file, or move this one.',
  });
}

/** Writes generated files into a folder, in the place of older ones; their names are never paths out of it. */
export async function writeIn(
  folder: string,
  files: readonly { readonly name: string; readonly text: string }[],
): Promise<void> {
  for (const { name, text } of files) {
    const path = join(folder, name);
    if (name.startsWith('/') || name.split('/').includes('..')) throw badName(name);
    await write(path, text, 'w');
  }
}

function badName(name: string): PassportError {
  return new PassportError(
    'ERR_INTERNAL',
    `expected the name of a file inside the folder, got ${plain(name)}`,
  );
}
