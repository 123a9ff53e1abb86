import { inflateSync } from 'fflate';
import { PassportError } from '../errors.ts';
import { type EvidenceFiles, isEvidenceName } from '../evidence/subjects.ts';
import { plain } from '../untrusted.ts';

/** Far above any honest evidence, and small enough to hold in memory. */
export const LIMITS = { entries: 2_000, bytes: 2 ** 30, ratio: 200 } as const;

/** One entry of the central directory. */
interface Entry {
  readonly name: string;
  readonly method: number;
  readonly compressed: number;
  readonly size: number;
  /** Where its local header begins. */
  readonly offset: number;
}

/**
 * The files of a zip archive, in memory. A downloaded archive is not trusted: links, encryption, names that
 * leave the folder, duplicates and bombs are refused with ERR_EVIDENCE_INVALID, reason VERIFY_ARCHIVE.
 * Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
 */
export function readArchive(zip: Uint8Array): EvidenceFiles {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const entries = readDirectory(view);
  refuseBomb(entries, zip.length);
  const files = new Map<string, Uint8Array>();
  for (const entry of entries) {
    if (entry.name.endsWith('/')) continue;
    if (files.has(entry.name)) throw refused(`${entry.name} is there twice`);
    files.set(entry.name, content(view, entry));
  }
  return files;
}

const END = 0x06054b50;
const END_LENGTH = 22;
const CENTRAL = 0x02014b50;
const CENTRAL_LENGTH = 46;
const LOCAL = 0x04034b50;
const LOCAL_LENGTH = 30;

function readDirectory(view: DataView): Entry[] {
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  if (count > LIMITS.entries) throw refused(`${count} entries, expected at most ${LIMITS.entries}`);
  const entries: Entry[] = [];
  let at = view.getUint32(end + 16, true);
  while (entries.length < count) {
    if (at + CENTRAL_LENGTH > end || view.getUint32(at, true) !== CENTRAL)
      throw refused('its directory is broken');
    entries.push(readEntry(view, at));
    at +=
      CENTRAL_LENGTH +
      view.getUint16(at + 28, true) +
      view.getUint16(at + 30, true) +
      view.getUint16(at + 32, true);
  }
  if (at !== end) throw refused('something lies between its directory and its end');
  return entries;
}

/** The end record, whose comment must reach exactly to the end of the file. */
function findEnd(view: DataView): number {
  for (
    let at = view.byteLength - END_LENGTH;
    at >= 0 && at >= view.byteLength - END_LENGTH - 0xffff;
    at -= 1
  ) {
    const comment = view.byteLength - at - END_LENGTH;
    if (view.getUint32(at, true) === END && view.getUint16(at + 20, true) === comment) return at;
  }
  throw refused('it is not a zip archive');
}

function readEntry(view: DataView, at: number): Entry {
  const name = readName(view, at + CENTRAL_LENGTH, view.getUint16(at + 28, true));
  if (!isEvidenceName(name.replace(/\/$/, '')))
    throw refused(`the name ${plain(name, 100)} is not a plain relative path`);
  if ((view.getUint16(at + 8, true) & 1) !== 0) throw refused(`${name} is encrypted`);
  // The upper half of the external attributes is the Unix mode: only regular files and folders, or nothing.
  const type = (view.getUint32(at + 38, true) >>> 16) & 0o170000;
  if (![0, 0o100000, 0o040000].includes(type)) throw refused(`${name} is a link or a device, not a file`);
  const entry = {
    name,
    method: view.getUint16(at + 10, true),
    compressed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    offset: view.getUint32(at + 42, true),
  };
  if (entry.method !== 0 && entry.method !== 8)
    throw refused(`${name} is compressed by method ${entry.method}`);
  return entry;
}

/** Sizes are claims until the data is read; `content` holds each entry to its claim. */
function refuseBomb(entries: readonly Entry[], length: number): void {
  const compressed = entries.reduce((sum, entry) => sum + entry.compressed, 0);
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (compressed > length) throw refused('its entries overlap');
  if (size > LIMITS.bytes) throw refused(`it unpacks to ${size} bytes, expected at most ${LIMITS.bytes}`);
  if (size > LIMITS.ratio * compressed + 2 ** 20) throw refused('it unpacks to far more than its size');
}

function content(view: DataView, entry: Entry): Uint8Array {
  const { name, offset, compressed, size } = entry;
  if (offset + LOCAL_LENGTH > view.byteLength || view.getUint32(offset, true) !== LOCAL) {
    throw refused(`${name} is not where the directory says`);
  }
  const nameLength = view.getUint16(offset + 26, true);
  if (readName(view, offset + LOCAL_LENGTH, nameLength) !== name) throw refused(`${name} has a second name`);
  const start = offset + LOCAL_LENGTH + nameLength + view.getUint16(offset + 28, true);
  if (start + compressed > view.byteLength) throw refused(`${name} is cut off`);
  const data = new Uint8Array(view.buffer, view.byteOffset + start, compressed);
  const bytes = entry.method === 0 ? data : inflate(name, data, size);
  if (bytes.length !== size) throw refused(`${name} unpacks to another size than the directory says`);
  return bytes;
}

function inflate(name: string, data: Uint8Array, size: number): Uint8Array {
  try {
    // One byte of room more than claimed, so that a longer stream shows; it can never take more memory.
    return inflateSync(data, { out: new Uint8Array(size + 1) });
  } catch (cause) {
    throw refused(`${name} cannot be unpacked`, cause);
  }
}

/** As Latin-1: a name with anything but ASCII is refused anyway. */
function readName(view: DataView, start: number, length: number): string {
  if (start + length > view.byteLength) throw refused('a name is cut off');
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + start, length));
}

function refused(what: string, cause?: unknown): PassportError {
  return new PassportError('ERR_EVIDENCE_INVALID', `the archive is refused: ${what}`, {
    reason: 'VERIFY_ARCHIVE',
    hint: 'Download the artifact again, as one zip, and do not unpack or repack it with other tools.',
    cause,
  });
}
