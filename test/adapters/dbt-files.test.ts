import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSince } from '../../src/adapters/dbt-files.ts';

describe('FF-A20 the log is whole or says where it was cut', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dbt-log-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const read = async (lines: readonly string[], ...[from = 0, longest]: readonly number[]) => {
    const path = join(folder, 'dbt.log');
    await writeFile(path, lines.map((line) => `${line}\n`).join(''));
    const text = Buffer.from(await readSince(path, from, longest)).toString();
    return text.replace(/\n$/, '').split('\n');
  };
  const lines = Array.from({ length: 100 }, (_, index) => `{"line":${index}}`.padEnd(19));

  it('is what was written since', async () => {
    expect(await read(lines)).toEqual(lines);
    expect(await read(lines, 20 * 98)).toEqual(lines.slice(98));
  });

  it('keeps beginning and end in whole lines, and counts what is missing', async () => {
    const kept = await read(lines, 20 * 10, 110);
    expect([kept[0], kept[1], kept.at(-2), kept.at(-1)]).toEqual([
      lines[10],
      lines[11],
      lines[98],
      lines[99],
    ]);
    expect(JSON.parse(kept[2] ?? '')).toMatchObject({
      info: { name: 'DbtPassportLogCut', msg: expect.stringContaining('the first 40 and the last 40') },
      data: { missing: 20 * 86 },
    });
    expect(kept).toHaveLength(5);
  });

  it('says so when something else has emptied it', async () => {
    const [first = '', ...rest] = await read(lines, 5_000);
    expect(JSON.parse(first).data).toEqual({ missing: 3_000 });
    expect(rest).toEqual(lines);
    expect(await read([], 7)).toEqual([expect.stringContaining('"missing":7')]);
  });
});
