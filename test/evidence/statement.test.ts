import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import { buildStatement, parseStatement } from '../../src/evidence/statement.ts';
import { isEvidenceName } from '../../src/evidence/subjects.ts';
import { sha256 } from '../../src/sha256.ts';
import { bytes, text } from '../support/evidence.ts';
import { succeededRecord } from '../support/records.ts';

const predicate = buildPredicate(succeededRecord());

describe('the statement over the files of an artifact', () => {
  it('names every file once, sorted, by the digest of its exact bytes', async () => {
    const files = new Map([
      ['report.html', bytes('')],
      ['dbt/1-build/manifest.json', bytes('{ "a": 1.0 }')],
      ['Z.txt', Uint8Array.of(0, 255)],
    ]);
    const { subject } = parseStatement(await buildStatement(predicate, files));
    expect(subject.map(({ name }) => name)).toEqual(['Z.txt', 'dbt/1-build/manifest.json', 'report.html']);
    expect(subject[2]?.digest.sha256).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    expect(subject[1]?.digest.sha256).toBe(await sha256(bytes('{ "a": 1.0 }')));
  });

  it('does not name the bundle itself', async () => {
    const files = new Map([['dbt-evidence.sigstore.json', bytes('{}')]]);
    expect(parseStatement(await buildStatement(predicate, files)).subject).toEqual([]);
  });

  it('says in-toto Statement v1 and the predicate type, which has no @ (GitHub refuses one)', async () => {
    const statement = JSON.parse(text(await buildStatement(predicate, new Map())));
    expect(statement._type).toBe('https://in-toto.io/Statement/v1');
    expect(statement.predicateType).toMatch(/^https:\/\/[^@]+\/dbt-run\/v1$/);
    expect(statement.predicate).toEqual(JSON.parse(JSON.stringify(predicate)));
  });

  it.each(['../x', '/x', 'a\\b', '.x', 'a//b', 'a/../b', ''])(
    'refuses to sign a file called %j',
    async (name) => {
      await expect(buildStatement(predicate, new Map([[name, bytes('')]]))).rejects.toThrow(
        /plain relative path/,
      );
    },
  );

  it('refuses more subjects than other verifiers read', async () => {
    const files = new Map(Array.from({ length: 1025 }, (_, n) => [`f${n}`, bytes('')]));
    await expect(buildStatement(predicate, files)).rejects.toThrow(/at most 1024/);
  });

  it('a name that is accepted stays inside its folder on every system', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'B', '.', '/', '\\', '-', ' ', ':', '\0', 'é') }),
        (name) => {
          if (!isEvidenceName(name)) return;
          expect(new URL(name, 'file:///safe/').pathname).toBe(`/safe/${name}`);
          expect(name).toMatch(/^[\w./-]+$/);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
