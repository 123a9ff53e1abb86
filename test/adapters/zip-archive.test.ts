import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { LIMITS, readArchive } from '../../src/adapters/zip-archive.ts';
import { PassportError } from '../../src/errors.ts';
import { bytes, text } from '../support/evidence.ts';
import { type Entry, zip } from '../support/zip.ts';

/** The message of the refusal; fails when the archive is read. */
function refusal(archive: Uint8Array): string {
  try {
    readArchive(archive);
  } catch (error) {
    expect(error).toBeInstanceOf(PassportError);
    expect(error).toMatchObject({ code: 'ERR_EVIDENCE_INVALID', reason: 'VERIFY_ARCHIVE' });
    return (error as Error).message;
  }
  throw new Error('the archive was read');
}

describe('evidence as a zip archive', () => {
  it('is read as it was written, stored or compressed, folders left out', () => {
    const files = readArchive(
      zip([
        { name: 'dbt/', content: '' },
        { name: 'dbt/1-build/manifest.json', content: '{"a":1}' },
        { name: 'report.html', content: 'x'.repeat(5_000), deflate: true },
      ]),
    );
    expect([...files.keys()]).toEqual(['dbt/1-build/manifest.json', 'report.html']);
    expect(text(files.get('dbt/1-build/manifest.json'))).toBe('{"a":1}');
    expect(files.get('report.html')).toHaveLength(5_000);
  });

  it('is read as another tool wrote it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/), fc.uint8Array()), (files) => {
        expect(Object.fromEntries(readArchive(zipSync(files)))).toEqual({ ...files });
      }),
    );
  });

  it('never breaks in another way than a refusal, whatever byte is changed', () => {
    const good = zip([{ name: 'report.html', content: 'hello hello hello', deflate: true }]);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, value, length) => {
        const broken = good.slice(0, length === at ? good.length : Math.max(length, at));
        broken[at] = value;
        try {
          readArchive(broken);
        } catch (error) {
          expect(error).toBeInstanceOf(PassportError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('X02: archives that must not be read', () => {
  it.each([
    ['zip slip', '../evil'],
    ['zip slip inside', 'dbt/../../evil'],
    ['an absolute path', '/etc/passwd'],
    ['a drive', 'C:/evil'],
    ['a backslash', 'dbt\\..\\evil'],
    ['a hidden file', '.git/config'],
    ['a hidden file inside', 'dbt/.env'],
    ['an empty part', 'dbt//x'],
    ['a control character', 'a\nb'],
    ['a NUL', 'a\0.json'],
    ['a look-alike', 'r\u0435port.html'],
    ['a name of 201 characters', 'a'.repeat(201)],
    ['no name', ''],
  ])('X02 %s', (_, name) => {
    expect(refusal(zip([{ name, content: 'x' }]))).toMatch(/not a plain relative path/);
  });

  it.each<[string, Partial<Entry>, RegExp]>([
    ['a symbolic link', { mode: 0o120777 }, /link or a device/],
    ['a device', { mode: 0o020666 }, /link or a device/],
    ['a pipe', { mode: 0o010666 }, /link or a device/],
    ['an encrypted entry', { flags: 1 }, /encrypted/],
    ['a method that is not deflate', { method: 12 }, /method 12/],
    ['a size that is larger than the data', { size: 3 }, /another size/],
    ['a size that is smaller than the data', { size: 1 }, /another size/],
    ['another name in the local header', { localName: 'b.txt' }, /second name/],
    ['a compressed size past the end', { compressed: 10_000 }, /overlap/],
    ['a local header that is not there', { offset: 7 }, /not where/],
  ])('X02 %s', (_, change, message) => {
    expect(refusal(zip([{ name: 'a.txt', content: 'xx', ...change }]))).toMatch(message);
  });

  it('X02 a regular file with a Unix mode is fine', () => {
    expect(readArchive(zip([{ name: 'a.txt', content: 'x', mode: 0o100644 }])).size).toBe(1);
  });

  it('X02 a duplicate entry', () => {
    const twice = [1, 2].map((content) => ({ name: 'a.txt', content: String(content) }));
    expect(refusal(zip(twice))).toMatch(/there twice/);
  });

  it('X02 entries that share their data', () => {
    const big = { name: 'a.txt', content: 'x'.repeat(2_000) };
    const sharing = [big, { ...big, name: 'b.txt', offset: 0, content: '', compressed: 2_000, size: 2_000 }];
    expect(refusal(zip(sharing))).toMatch(/overlap|second name/);
  });

  it('X02 too many entries', () => {
    const many = Array.from({ length: LIMITS.entries + 1 }, (_, n) => ({ name: `f${n}`, content: '' }));
    expect(refusal(zip(many))).toMatch(/2001 entries/);
  });

  it('X02 a bomb by ratio', () => {
    expect(refusal(zip([{ name: 'a', content: '\0'.repeat(4_000_000), deflate: true }]))).toMatch(/far more/);
  });

  it('X02 a bomb that lies about its size', () => {
    const lying = { name: 'a', content: '\0'.repeat(4_000_000), deflate: true, size: 100 };
    expect(refusal(zip([lying]))).toMatch(/another size|cannot be unpacked/);
  });

  it('X02 a bomb by total size', () => {
    expect(refusal(zip([{ name: 'a', content: 'x', size: 2 ** 31 }]))).toMatch(/unpacks to 2147483648 bytes/);
  });

  it('X02 something between the directory and the end', () => {
    const good = zip([{ name: 'a', content: 'x' }]);
    const hiding = Uint8Array.of(...good.slice(0, -22), 1, 2, 3, 4, ...good.slice(-22));
    expect(refusal(hiding)).toMatch(/something lies between/);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['another file', bytes('%PDF-1.7 this is not a zip archive')],
    ['a cut archive', zip([{ name: 'a', content: 'x' }]).slice(0, -3)],
    ['data after the end', Uint8Array.of(...zip([{ name: 'a', content: 'x' }]), 0)],
  ])('X02 %s', (_, archive) => expect(refusal(archive)).toMatch(/not a zip archive/));
});
