import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvidenceRecord } from '../../src/evidence/record.ts';
import { renderReport } from '../../src/evidence/report.ts';
import { renderSummary } from '../../src/evidence/summary.ts';
import { warehouseNotes, warehouseWarning } from '../../src/evidence/warehouse-notes.ts';
import type { Grant } from '../../src/policy/grant-types.ts';
import { artifacts, failedRecord, invocation, nodeResult } from '../support/records.ts';

const SNOWFLAKE: Grant = {
  kind: 'snowflake',
  ...{
    account: 'acme',
    user: 'DBT',
    role: 'DBT_PROD',
    warehouse: 'WH',
    database: 'ANALYTICS',
    schema: 'MARTS',
  },
  threads: 4,
  login: { route: 'relay', audience: 'x' },
};

/** A run whose nodes failed with these messages. */
function refused(messages: readonly string[], grant: Grant = SNOWFLAKE): EvidenceRecord {
  const record = failedRecord();
  const results = messages.map((message, at) =>
    nodeResult(`model.shop.m${at}`, { status: 'failed', raw: 'error', message }),
  );
  record.keep('grants', new Map([['warehouse', grant]]));
  record.keep('runs', [{ invocation: invocation({ exitCode: 1 }), artifacts: artifacts(results) }]);
  return record;
}

const SCHEMA = "Insufficient privileges to operate on schema 'MARTS'.";

describe('what the warehouse refused', () => {
  it('is told once with all its nodes', () => {
    const record = refused([...Array(7).fill(SCHEMA), 'No active warehouse selected', 'syntax error']);
    const [schema, warehouse, ...more] = warehouseNotes(record);
    expect([schema?.nodes.length, warehouse?.nodes.length, more]).toEqual([7, 1, []]);
    expect(schema && warehouseWarning(schema)).toBe(
      'model.shop.m0 and 6 more: The credential worked; role DBT_PROD lacks USAGE, CREATE TABLE, CREATE VIEW on schema ANALYTICS.MARTS. The grant to ask for is in the job summary.',
    );
  });

  it('stands below the failed nodes of the summary and the report, with the grant to ask for', () => {
    const record = refused([SCHEMA, SCHEMA]);
    const grant = 'GRANT USAGE, CREATE TABLE, CREATE VIEW ON SCHEMA ANALYTICS.MARTS TO ROLE DBT_PROD;';
    expect(renderSummary(record)).toContain(
      `**The warehouse refused** \`model.shop.m0\`, \`model.shop.m1\`: The credential worked; role DBT\\_PROD lacks USAGE, CREATE TABLE, CREATE VIEW on schema ANALYTICS.MARTS.\n\n\`\`\`text\n${grant}\n\`\`\``,
    );
    expect(renderReport(record)).toContain(`<pre><code>${grant}</code></pre>`);
  });

  it('asks for no grant when the credential ended', () => {
    const [note] = warehouseNotes(refused(['390114: Authentication token has expired.']));
    expect(note?.statement).toBe('');
    expect(note && warehouseWarning(note)).not.toContain('grant to ask for');
  });

  it('is nothing without a grant or without a refusal', () => {
    expect(warehouseNotes(failedRecord())).toEqual([]);
    expect(renderSummary(refused(['syntax error']))).not.toContain('The warehouse refused');
  });

  it('lets no name out of its code span or its fence', () => {
    const name = fc.oneof(
      fc.constantFrom('```', '`', '<img src=x>', '@octocat', '](javascript:x)', 'https://x.test', '|'),
      fc.string({ unit: 'binary', maxLength: 30 }),
    );
    fc.assert(
      fc.property(name, (text) => {
        const summary = renderSummary(refused([`Insufficient privileges to operate on schema '${text}'`]));
        const bare = summary.replace(/^(`{3,})\w+$[\s\S]*?^\1$/gm, '').replace(/`[^`\n]*`/g, '');
        expect(bare).not.toMatch(/[<>]|:\/\/|!\[|(?<!\\)\]\(|@octocat/);
        expect(renderReport(refused([`Object '${text}' does not exist or not authorized`]))).not.toContain(
          '<img src',
        );
      }),
      { numRuns: 30 },
    );
  });
});
