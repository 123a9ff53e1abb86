import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PassportError } from '../../src/errors.ts';
import { globMatches } from '../../src/policy/glob.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { misses } from '../../src/policy/match.ts';
import { decideFor, FULL, identity, load, SMALLEST } from '../policy/fixture.ts';
import { githubClaims } from '../support/claims.ts';
import { filled, hold, LIMIT_MS, PATIENCE, quickest } from './effort.ts';

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

  const hostile: readonly (readonly [string, string])[] = [
    ['brackets', filled('[')],
    ['braces', filled('{a: ')],
    ['list marks', filled('- ')],
    ['question marks', filled('? ')],
    ['aliases', `a: &a x\n${filled('b: *a\n')}`.slice(0, 262_144)],
    ['keys that are all the same', filled('a: b\n')],
    ['keys that differ', Array.from({ length: 24_000 }, (_, index) => `k${index}: v`).join('\n')],
    ['one long word', filled('a')],
    ['an open quote', `a: "${filled('\\n')}`.slice(0, 262_144)],
    ['quotes', filled(`"'`)],
    ['blank lines', filled('\n')],
    ['spaces', filled(' ')],
    ['comments', filled('#')],
    ['documents', filled('---\n')],
    ['directives', filled('%a\n')],
    ['tags', filled('!a ')],
    ['colons', filled(':')],
    ['block scalars', filled('a: |\n')],
    ['rules with a wrong key', `${SMALLEST}${filled('  - { enviroment: prod }\n')}`.slice(0, 262_144)],
  ];
  it.each(hostile)(`refuses 256 KiB of %s within ${LIMIT_MS} ms`, async (_, text) => {
    expect(await quickest(() => outcome(encode(text)))).toBeLessThanOrEqual(LIMIT_MS);
    expect(typeof (await outcome(encode(text)))).toBe('string');
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

  it(`a ref of 256 KiB is decided within ${LIMIT_MS} ms, though no token is that long`, async () => {
    const text = FULL.replace('ref: refs/heads/main', 'ref: { glob: refs/heads/a*a*b }');
    const [rule] = (await load(text)).policy.rules;
    if (rule === undefined) throw new Error('the policy has no rule');
    for (const pattern of ['a', '*', 'refs/heads/', '.', '\u0130', '\u0000', 'a/']) {
      const claims = new Map([...identity().claims, ['ref', `refs/heads/${filled(pattern)}`]] as const);
      expect(await quickest(() => misses(rule, claims))).toBeLessThanOrEqual(LIMIT_MS);
    }
  });
});
