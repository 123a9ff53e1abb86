import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html, markdownCode, plain } from '../../src/untrusted.ts';
import { breakCommands, CommandNeutraliser } from '../../src/workflow-commands.ts';
import { parsesAsCommand } from '../support/runner-commands.ts';
import { GUARD_MS, hold, PATIENCE, quickest } from './effort.ts';
import { filled, HOSTILE_OUTPUT } from './hostile.ts';

const PARTS = [
  '::',
  ':',
  '##[',
  '#',
  '[',
  ']',
  '\n',
  '\r',
  '\u001b[31m',
  '\u001b]',
  '\u0007',
  '\u200b',
  ' ',
  'set-output',
  'é',
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...PARTS), fc.string({ unit: 'binary' })))
  .map((parts) => parts.join(''));
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  text.map((all) => new TextEncoder().encode(all)),
);

function neutralised(chunks: readonly Uint8Array[]): string {
  const neutraliser = new CommandNeutraliser();
  return chunks.map((chunk) => neutraliser.push(chunk)).join('') + neutraliser.end();
}

describe('the log neutraliser', () => {
  it('no bytes, however they are cut, become a command of the runner', PATIENCE, async () => {
    await hold(
      fc.property(fc.array(bytes, { maxLength: 6 }), (chunks) => {
        for (const line of neutralised(chunks).split(/\r\n|\r|\n/))
          expect(parsesAsCommand(line)).toBeUndefined();
      }),
    );
  });

  it('what is safe already stays as it is', PATIENCE, async () => {
    const encode = (all: string) => [new TextEncoder().encode(all)];
    await hold(
      fc.property(bytes, (chunk) => {
        const once = neutralised([chunk]);
        expect(neutralised(encode(once))).toBe(once);
      }),
    );
  });

  it('a line is broken once, and is then safe', PATIENCE, async () => {
    await hold(
      fc.property(text, (all) => {
        const line = plain(all, 5000);
        const once = breakCommands(line);
        expect(parsesAsCommand(once)).toBeUndefined();
        expect(breakCommands(once)).toBe(once);
      }),
    );
  });

  it('foreign text is made plain once', PATIENCE, async () => {
    await hold(
      fc.property(text, (all) => {
        const once = plain(all);
        expect(plain(once, 501)).toBe(once);
        expect(html(all)).not.toMatch(/[<>"']/);
        expect(markdownCode(all)).not.toMatch(/[\n|]/);
      }),
    );
  });

  it.each(HOSTILE_OUTPUT)(`takes 256 KiB of %j within ${GUARD_MS} ms`, async (pattern) => {
    const whole = new TextEncoder().encode(filled(pattern));
    expect(await quickest(() => neutralised([whole]))).toBeLessThanOrEqual(GUARD_MS);
    expect(await quickest(() => breakCommands(filled(pattern)))).toBeLessThanOrEqual(GUARD_MS);
    expect(await quickest(() => plain(filled(pattern)))).toBeLessThanOrEqual(GUARD_MS);
  });
});
