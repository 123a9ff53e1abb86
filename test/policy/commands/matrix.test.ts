import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { accessMatrix, forgotten } from '../../../src/policy/commands/matrix.ts';
import { matrixDiff } from '../../../src/policy/commands/matrix-diff.ts';
import { matrixDiffTable, matrixTable } from '../../../src/policy/commands/matrix-text.ts';
import { tableMarkdown, tableText } from '../../../src/policy/commands/text-table.ts';
import { load, SMALLEST } from '../fixture.ts';

const example = (name: string) =>
  load(readFileSync(new URL(`../../../examples/policies/${name}.yml`, import.meta.url), 'utf8'));

/** Staging and production of one project, different in three things. */
const TWO = `${SMALLEST.slice(0, SMALLEST.indexOf('grants:'))}grants:
  staging: { kind: duckdb, path: staging.duckdb, tier: nonprod }
  production: { kind: duckdb, path: production.duckdb, tier: prod }
rules:
  - { id: s, repository: shop, environment: staging, ref: refs/heads/main, grants: [staging] }
  - { id: p, repository: shop, environment: production, ref: refs/heads/main, grants: [production], dbt: { commands: [build] } }
`;

describe('accessMatrix', () => {
  it.each(['team', 'warehouses', 'snowflake'])('shows %s', async (name) => {
    const table = matrixTable(accessMatrix(await example(name)));
    await expect(`${tableText(table)}\n`).toMatchFileSnapshot(`golden/matrix-${name}.txt`);
    await expect(`${tableMarkdown(table)}\n`).toMatchFileSnapshot(`golden/matrix-${name}.md`);
  });

  it('has a row for each repository, environment and event, with every limit', async () => {
    const rows = accessMatrix(await example('team'));
    expect(rows.map(({ environment, event }) => `${environment} ${event}`)).toEqual([
      'ci pull_request',
      'prod schedule',
      'prod workflow_dispatch',
    ]);
    expect(rows[1]).toMatchObject({
      maxMinutes: 60,
      never: ['tag:pii'],
      environmentPinned: true,
      kind: 'duckdb',
    });
  });

  it('tells a forgotten environment, whatever the letters', async () => {
    const policy = await load(TWO);
    expect(forgotten(policy, ['staging', 'Production'])).toEqual([]);
    expect(forgotten(policy, ['dev', 'production'])).toEqual(['octo-org/jaffle-shop: dev']);
  });
});

describe('matrixDiff', () => {
  it('shows what two environments have differently, and nothing else', async () => {
    const rows = matrixDiff(await load(TWO), 'staging', 'production');
    expect(rows.map(({ what }) => what)).toEqual(['account', 'tier', 'commands']);
    const table = matrixDiffTable(rows, 'staging', 'production');
    await expect(`${tableText(table)}\n`).toMatchFileSnapshot('golden/matrix-diff.txt');
  });

  it('is empty for the same on both sides', async () => {
    const same = TWO.replace('[production], dbt: { commands: [build] }', '[staging]').replace(
      / {2}production: .*\n/,
      '',
    );
    expect(matrixDiff(await load(same), 'staging', 'production')).toEqual([]);
  });

  it('tells what is dealt out to the events in another way', async () => {
    const split = (name: string, push: string, schedule: string) =>
      ['push', 'schedule']
        .map(
          (event, index) =>
            `  - { id: ${name}${index}, repository: shop, environment: ${name}, ref: refs/heads/main, event_name: ${event}, grants: [${index === 0 ? push : schedule}] }\n`,
        )
        .join('');
    const crossed = `${TWO.slice(0, TWO.indexOf('rules:'))}rules:\n${split('a', 'staging', 'production')}${split('b', 'production', 'staging')}`;
    const rows = matrixDiff(await load(crossed), 'a', 'b');
    expect(rows.map(({ event, what }) => `${event} ${what}`)).toEqual([
      'push account',
      'push tier',
      'schedule account',
      'schedule tier',
    ]);
  });

  it('a repository with one of them alone is denied in the other', async () => {
    const other = TWO.replace(
      'grants:',
      '  two: { name: octo-org/two, repository_id: "2", repository_owner_id: "123456" }\ngrants:',
    ).concat(
      '  - { id: t, repository: two, environment: staging, ref: refs/heads/main, grants: [staging] }\n',
    );
    const rows = matrixDiff(await load(other), 'staging', 'production');
    expect(rows.at(-1)).toMatchObject({
      repository: 'octo-org/two',
      left: 'allowed',
      right: 'no rule: denied',
    });
  });

  it('refuses an environment that no rule has', async () => {
    const policy = await load(TWO);
    expect(() => matrixDiff(policy, 'stagin', 'production')).toThrow(
      expect.objectContaining({ code: 'ERR_INPUT_INVALID', hint: 'Did you mean staging?' }),
    );
  });
});

describe('tables', () => {
  it('hold no foreign markup or control character', () => {
    const table = { head: ['a', 'b'], rows: [['x|`y`\u001b[31m', 'one\ntwo']] };
    expect(tableText(table)).toBe(
      ['a                b', '---------------  ---', 'x|`y`\\u001b[31m  one', '                 two'].join(
        '\n',
      ),
    );
    expect(tableMarkdown(table)).toContain('| `x∣ˋyˋ\\u001b[31m` | `one` `two` |');
  });
});
