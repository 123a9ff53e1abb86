import { constants } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassportError } from '../errors.ts';
import type { EvidenceFiles } from '../evidence/subjects.ts';
import { plain } from '../untrusted.ts';
import { LIMITS, readArchive } from './zip-archive.ts';

/**
 * The files of an artifact, from a folder or from the zip as it was downloaded. No link is followed inside
 * a folder. ERR_INPUT_INVALID when there is nothing to read, ERR_EVIDENCE_INVALID when it is not plain files.
 */
export async function readEvidence(path: string): Promise<EvidenceFiles> {
  const about = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new PassportError('ERR_INPUT_INVALID', `${plain(path)} cannot be read (${cause.code ?? 'error'})`, {
      hint: 'Give the downloaded artifact: its folder or its zip.',
      cause,
    });
  });
  if (about.isDirectory()) return await readFolder(path);
  if (!about.isFile()) throw refused(`${path} is neither a folder nor a file`);
  if (about.size > LIMITS.bytes)
    throw refused(`${path} has ${about.size} bytes, expected at most ${LIMITS.bytes}`);
  return readArchive(await readFile(path));
}

async function readFolder(root: string): Promise<EvidenceFiles> {
  const files = new Map<string, Uint8Array>();
  let left: number = LIMITS.bytes;
  for await (const name of fileNames(root, '')) {
    if (files.size === LIMITS.entries) throw refused(`more than ${LIMITS.entries} files`);
    const bytes = await readRegular(join(root, name), left);
    left -= bytes.length;
    files.set(name, bytes);
  }
  return files;
}

/** Names below a folder with `/` between the parts, as an archive has them. */
async function* fileNames(root: string, folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const name = `${folder}${entry.name}`;
    if (entry.isDirectory()) yield* fileNames(root, `${name}/`);
    else if (entry.isFile()) yield name;
    else throw refused(`${name} is a link or a device, not a file`);
  }
}

/** Opens without following a link, so that what was listed as a file cannot have become one since. */
async function readRegular(path: string, limit: number): Promise<Uint8Array> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await handle.stat();
    if (size > limit) throw refused(`more than ${LIMITS.bytes} bytes`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function refused(what: string): PassportError {
  return new PassportError('ERR_EVIDENCE_INVALID', `the evidence is refused: ${plain(what)}`, {
    reason: 'VERIFY_ARCHIVE',
  });
}
