import { describe, expect, it } from 'vitest';
import { tableMarkdown, tableText } from '../../../src/policy/commands/text-table.ts';

const HOST = 'acme.111122223333.eu-central-1.redshift-serverless.amazonaws.com';

describe('tableText', () => {
  it('breaks a long name after a separator, and one without any where the column ends', () => {
    const table = tableText({
      head: ['host', 'rule'],
      rows: [
        [`${HOST}\nrole`, 'a'],
        ['x'.repeat(60), 'b'],
      ],
    });
    expect(table.split('\n').slice(2)).toEqual([
      `${'acme.111122223333.eu-central-1.'.padEnd(44)}  a`,
      'redshift-serverless.amazonaws.com',
      'role',
      `${'x'.repeat(44)}  b`,
      'x'.repeat(16),
    ]);
  });

  it('leaves what fits as it is, the empty cell too', () => {
    expect(
      tableText({
        head: ['a', 'b'],
        rows: [
          ['y'.repeat(44), ''],
          ['', 'z'],
        ],
      }),
    ).toBe([`a${' '.repeat(45)}b`, `${'-'.repeat(44)}  -`, 'y'.repeat(44), `${' '.repeat(46)}z`].join('\n'));
  });
});

it('tableMarkdown never breaks a name', () => {
  expect(tableMarkdown({ head: ['host'], rows: [[HOST]] })).toContain(`\`${HOST}\``);
});
