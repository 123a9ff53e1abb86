import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOWNLOADS } from '../../../src/policy/drift/downloads.ts';
import { driftExit, driftOf } from '../../../src/policy/drift/drift.ts';
import { driftAnnotations, driftJson, driftText } from '../../../src/policy/drift/report.ts';
import { loadPolicy } from '../../../src/policy/load.ts';
import { TARGETS, type Target } from '../../../src/policy/trust/model.ts';
import { load } from '../fixture.ts';
import { EVERYTHING } from './deployed.ts';

const EXAMPLES = new URL('../../../examples/', import.meta.url);
const CASES = [
  ['aws', 'aws', 3],
  ['gcp', 'bigquery', 3],
  ['snowflake', 'snowflake', 3],
] as const satisfies readonly (readonly [Target, string, number])[];

/** The example's files against the example's policy. */
async function reportOf(target: Target, policy: string) {
  const source = `examples/policies/${policy}.yml`;
  const loaded = await loadPolicy(readFileSync(new URL(`policies/${policy}.yml`, EXAMPLES)), source);
  const folder = new URL(`drift/${target}/`, EXAMPLES);
  const files = readdirSync(folder)
    .sort()
    .map((name) => ({
      name: `examples/drift/${target}/${name}`,
      text: readFileSync(new URL(name, folder), 'utf8'),
    }));
  return driftOf(loaded, target, files);
}

/** Lines of the example policies move when something else of them is explained. */
function withoutLines(key: string, value: unknown): unknown {
  return key === 'line' ? undefined : value;
}

describe('the examples of docs/drift.md', () => {
  it.each(CASES)('%s', async (target, policy, exit) => {
    const report = await reportOf(target, policy);
    expect(driftExit(report)).toBe(exit);
    await expect(`${driftText(report)}\n`).toMatchFileSnapshot(`golden/${target}.txt`);
    await expect(`${JSON.stringify(driftJson(report), withoutLines, 2)}\n`).toMatchFileSnapshot(
      `golden/${target}.json`,
    );
  });

  it('each drift is at the rule that it is of', async () => {
    const annotations = driftAnnotations(await reportOf('snowflake', 'snowflake'));
    const places = annotations.map(({ level, file, line, title }) => `${level} ${file}:${line} ${title}`);
    const file = 'examples/policies/snowflake.yml';
    const text = readFileSync(new URL('policies/snowflake.yml', EXAMPLES), 'utf8');
    const line = text.split('\n').indexOf('  - id: production') + 1;
    expect(places).toEqual([
      `warning ${file}:${line} policy drift snowflake: acme-prod/dbt_production`,
      `error ${file}:1 policy drift snowflake: acme-prod_old_robot`,
    ]);
    expect(annotations[0]?.message).toContain('refuses tokens that the policy allows\nsub: policy ');
  });
});

describe('a report', () => {
  it('shows no invisible character of a file', async () => {
    const loaded = await load(EVERYTHING);
    const text = JSON.stringify({
      Role: {
        Arn: 'arn:aws:iam::111122223333:role/\u001b[31m\u202e',
        AssumeRolePolicyDocument: { Statement: [{ Effect: '\u0007' }] },
      },
    });
    const report = driftOf(loaded, 'aws', [{ name: 'a\u0007.json', text }]);
    const shown = [
      driftText(report),
      ...driftAnnotations(report).flatMap(({ title, message }) => [title, message]),
    ];
    for (const each of shown) expect(each).not.toMatch(/\p{Cc}(?<!\n)|\p{Cf}/u);
    expect(shown.join()).toContain('unknown-principal');
  });

  it('does not call nothing, or what it could not read, the same', async () => {
    const loaded = await load(EVERYTHING);
    const none = driftText({ target: 'kong', source: 'a.yml', principals: [], faults: [] });
    expect(none).toBe('kong: a.yml hands out nothing of it, and no file tells of anything');
    const unread = driftText(driftOf(loaded, 'aws', [{ name: 'a.json', text: '{' }]));
    expect(unread).toMatch(/\naws: \d+ of \d+ not as .* says; files that are not understood: 1\n/);
    expect(unread).toMatch(/\n {2}what it should be, with the same options: dbt-passport policy render aws /);
    expect(unread).toMatch(/\n {2}what to download: .*$/);
  });

  it('says in words what stands in the place of something else', async () => {
    const loaded = await load(EVERYTHING);
    const { faults } = driftOf(loaded, 'snowflake', [{ name: 'a.json', text: '{"a":1}' }]);
    expect(faults).toEqual([{ file: 'a.json', message: 'expected rows; the file is an object, not a list' }]);
  });

  it('every target has its commands, which only read', () => {
    expect(Object.keys(DOWNLOADS)).toEqual(expect.arrayContaining([...TARGETS]));
    for (const command of Object.values(DOWNLOADS).flat())
      expect(command).not.toMatch(/create|update|delete|put-/);
  });
});
