import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PassportError } from '../../src/errors.ts';
import { decide } from '../../src/policy/decide.ts';
import { denialText } from '../../src/policy/explain.ts';
import { globMatches } from '../../src/policy/glob.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { decideFor, FULL, identity, load, NOW, SMALLEST } from '../policy/fixture.ts';
import { githubClaims } from '../support/claims.ts';
import { GUARD_MS, hold, PATIENCE, quickest } from './effort.ts';
import { filled } from './hostile.ts';
import { HOSTILE_POLICIES, LONG_CLAIMS, WIDE_POLICIES } from './hostile-policies.ts';

/** Bytes of a policy, or its refusal; anything else that is thrown is a fault. */
async function outcome(bytes: Uint8Array): Promise<unknown> {
  try {
    return (await loadPolicy(bytes, 'policy.yml')).policy;
  } catch (error) {
    if (error instanceof PassportError && error.code === 'ERR_POLICY_INVALID') return error.message;
    throw error;
  }
}

const encode = (text: string) => new TextEncoder().encode(text);

/** A true policy in which pieces were cut out, doubled or put in, so that the deeper steps are reached. */
const PIECES = [
  '&a',
  '*a',
  '!!str ',
  '<<: ',
  '? ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '|',
  '>',
  '"',
  "'",
  '#',
  '%',
  '\n',
  ': ',
];
const broken = fc
  .record({
    base: fc.constantFrom(FULL, SMALLEST),
    edits: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        cut: fc.nat(40),
        put: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 8 })),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ base, edits }) =>
    edits.reduce((text, { at, cut, put }) => {
      const start = Math.floor(at * text.length);
      return text.slice(0, start) + put + text.slice(start + cut);
    }, base),
  );

describe('the policy loader', () => {
  it('takes or refuses any bytes, and the same way twice', PATIENCE, async () => {
    await hold(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 400 }), broken.map(encode)), async (bytes) => {
        expect(await outcome(bytes)).toEqual(await outcome(bytes));
      }),
    );
  });

  it.each(HOSTILE_POLICIES)(`ends within ${GUARD_MS} ms: %s`, async (_, text) => {
    expect(await quickest(() => outcome(encode(text)))).toBeLessThanOrEqual(GUARD_MS);
  });

  it(`ends within ${GUARD_MS} ms for whatever fills a policy`, PATIENCE, async () => {
    const [start = '', rest = ''] = SMALLEST.split(/(?<=rules:\n)/);
    const heads = [
      '',
      start,
      SMALLEST,
      start.replace(/\n$/, ' ['),
      SMALLEST.replace(/(ref: ).*\n/, '$1{ one_of: ['),
    ];
    const sections = ['repositories:\n', 'grants:\n', 'deny: { actor_id: [', 'a: [', 'a: "', rest];
    const piece = fc.array(
      fc.oneof(fc.constantFrom(...PIECES, '%', 'a', '"456789"', ', '), fc.string({ maxLength: 3 })),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    const text = fc.record({
      head: fc.constantFrom(...heads, ...sections),
      piece: piece.map((parts) => parts.join('') || 'a'),
      size: fc.constantFrom(8 * 1024, 32 * 1024, 256 * 1024),
    });
    await hold(
      fc.asyncProperty(text, async ({ head, piece: part, size }) => {
        const whole = filled((index) => part.replace('%', String(index)), { head, size });
        expect([head, part, size, (await quickest(() => outcome(encode(whole)))) <= GUARD_MS]).toEqual([
          head,
          part,
          size,
          true,
        ]);
      }),
      20,
    );
  });
});

const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('prod', 'refs/heads/main', '123456', 'true', ''),
  fc.jsonValue(),
);

describe('the matcher', () => {
  it('decides about any claims, and allows only the true ones', PATIENCE, async () => {
    const names = Object.keys(githubClaims());
    await hold(
      fc.asyncProperty(fc.constantFrom(...names), value, async (name, changed) => {
        const { allow, reasons } = await decideFor(FULL, { [name]: changed });
        if (allow) expect(reasons).toEqual([]);
        else expect(reasons.length).toBeGreaterThan(0);
      }),
    );
  });

  it('a glob is decided for any pattern and text', PATIENCE, async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '*', '/', '.', '\n', ':'), maxLength: 40 });
    await hold(
      fc.property(text, text, (pattern, ref) => {
        expect(globMatches(pattern, ref)).toBe(globMatches(pattern, ref));
        if (!pattern.includes('*')) expect(globMatches(pattern, ref)).toBe(pattern === ref);
      }),
    );
  });

  it.each(WIDE_POLICIES)(`claims of 256 KiB are decided within ${GUARD_MS} ms: many %s`, async (_, text) => {
    const loaded = await load(text);
    for (const [claim, long] of LONG_CLAIMS) {
      const work = () => denialText(decide(loaded, identity({ [claim]: long }), {}, NOW));
      expect([claim, (await quickest(work)) <= GUARD_MS]).toEqual([claim, true]);
      expect(work().length).toBeLessThan(20_000);
    }
  });
});
