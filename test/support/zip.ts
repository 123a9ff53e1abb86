/** Zip archives by hand, so that a test can write what no tool would. */
import { deflateRawSync } from 'node:zlib';

export interface Entry {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly deflate?: boolean;
  /** Unix mode with the file type, for the external attributes. */
  readonly mode?: number;
  readonly flags?: number;
  readonly method?: number;
  /** What the directory says, when it is to differ from the truth. */
  readonly size?: number;
  readonly compressed?: number;
  readonly offset?: number;
  readonly localName?: string;
}

export function zip(entries: readonly Entry[]): Uint8Array {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const plain = bytesOf(entry.content);
    const data = entry.deflate ? deflateRawSync(plain) : plain;
    const about = {
      flags: entry.flags ?? 0,
      method: entry.method ?? (entry.deflate ? 8 : 0),
      compressed: entry.compressed ?? data.length,
      size: entry.size ?? plain.length,
      offset: entry.offset ?? offset,
    };
    const local = localHeader(entry.localName ?? entry.name, about);
    locals.push(local, data);
    directory.push(centralHeader(entry.name, about, entry.mode ?? 0));
    offset += local.length + data.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...locals, central, end]));
}

interface About {
  readonly flags: number;
  readonly method: number;
  readonly compressed: number;
  readonly size: number;
  readonly offset: number;
}

function localHeader(name: string, about: About): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(about.flags, 6);
  header.writeUInt16LE(about.method, 8);
  header.writeUInt32LE(about.compressed, 18);
  header.writeUInt32LE(about.size, 22);
  header.writeUInt16LE(Buffer.byteLength(name), 26);
  return Buffer.concat([header, Buffer.from(name)]);
}

function centralHeader(name: string, about: About, mode: number): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(about.flags, 8);
  header.writeUInt16LE(about.method, 10);
  header.writeUInt32LE(about.compressed, 20);
  header.writeUInt32LE(about.size, 24);
  header.writeUInt16LE(Buffer.byteLength(name), 28);
  header.writeUInt32LE((mode << 16) >>> 0, 38);
  header.writeUInt32LE(about.offset, 42);
  return Buffer.concat([header, Buffer.from(name)]);
}

function bytesOf(content: string | Uint8Array): Buffer {
  return typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
}
