import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Explanation, PassportError } from '../../src/errors.ts';
import { explanationHtml } from '../../src/evidence/explanation-html.ts';
import { explanationMarkdown } from '../../src/evidence/explanation-markdown.ts';
import { explanationText } from '../../src/evidence/explanation-text.ts';
import { renderReport } from '../../src/evidence/report.ts';
import { renderSummary } from '../../src/evidence/summary.ts';
import { plain } from '../../src/untrusted.ts';
import { HOSTILE_TEXTS } from '../support/hostile-record.ts';
import { startedRecord } from '../support/records.ts';

const EXPLANATION: Explanation = {
  rows: [
    { claim: 'aud', needed: 'dbt.acme', token: 'dbt.acme', verdict: 'same' },
    {
      claim: 'sub',
      needed: 'repo:a/b:environment:prod',
      token: 'repo:a/b:environment:Prod',
      verdict: 'differs',
    },
    { claim: 'ref', needed: 'refs/heads/main', token: 'refs/heads/main', verdict: 'not checked' },
    { claim: 'event_name', needed: 'push', token: 'push', verdict: 'not checked' },
  ],
  cause: 'The `sub` differs.',
  statement: 'ALTER USER U\n  ADD x;',
};

describe('an explanation', () => {
  it('in the log is aligned, differences on two lines, what no cloud checks on one', () => {
    expect(explanationText(EXPLANATION)).toBe(`What the trust needs, by the policy, and what this run has:
  same     aud  dbt.acme
  differs  sub  needs repo:a/b:environment:prod
                has   repo:a/b:environment:Prod
  Only this step checks, the cloud cannot: ref, event_name
Cause: The \`sub\` differs.
To change over there:
  ALTER USER U
    ADD x;`);
  });

  it('is only its cause when there is no more', () => {
    const only = { rows: [], cause: 'The token was too old.', statement: '' };
    expect(explanationText(only)).toBe('Cause: The token was too old.');
    expect(explanationMarkdown(only)).toBe('**Cause:** The token was too old.');
    expect(explanationHtml(only).markup).toBe('<p class="note bad">The token was too old.</p>\n');
    expect(explanationHtml(undefined).markup).toBe('');
  });

  it('stands in the summary and in the report of the run that it stopped', () => {
    const record = startedRecord();
    record.fail(new PassportError('ERR_CREDENTIAL_REFUSED', 'refused', { explanation: EXPLANATION }));
    expect(renderSummary(record)).toContain(
      '| `sub` | `repo:a/b:environment:prod` | `repo:a/b:environment:Prod` | **differs** |',
    );
    expect(renderSummary(record)).toContain('```text\nALTER USER U\n  ADD x;\n```');
    const report = renderReport(record);
    expect(report).toContain('<code>ALTER USER U\n  ADD x;</code>');
    expect(report).toContain('<span class="status failed">differs</span>');
  });
});

const HOSTILE = fc.oneof(
  fc.constantFrom(
    ...HOSTILE_TEXTS,
    '```',
    '\n```\n# x',
    '~~~',
    '`',
    '|',
    '<img src=x>',
    '@octocat',
    'https://x.test',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

/** As explained() makes it: values are plain, the statement may hold what its syntax allows. */
function hostile(text: string): Explanation {
  const value = plain(text);
  return {
    rows: [
      { claim: value, needed: value, token: value, verdict: 'differs' },
      { claim: value, needed: value, token: value, verdict: 'not checked' },
    ],
    cause: `The \`sub\` is \`${value}\`.`,
    statement: `first\n${text.replace(/\r/g, '')}\nlast`,
  };
}

describe('foreign text in an explanation', () => {
  it('closes no fence and starts no markup of the summary', () => {
    fc.assert(
      fc.property(HOSTILE, (text) => {
        const markdown = explanationMarkdown(hostile(text));
        const [, fence = ''] = /^(`{3,})text$/m.exec(markdown) ?? [];
        const [before = '', body = '', ...more] = markdown.split(fence);
        expect([body.startsWith('text\nfirst\n'), body.endsWith('\nlast\n'), more]).toEqual([
          true,
          true,
          [''],
        ]);
        const rest = before.replace(/`[^`\n]*`/g, '');
        expect(rest).not.toMatch(/[<>]|:\/\/|!\[|\]\(|@octocat/);
      }),
    );
  });

  it('is no markup of the report', () => {
    fc.assert(
      fc.property(HOSTILE, (text) => {
        const tags = [...explanationHtml(hostile(text)).markup.matchAll(/<\/?([a-z]+)/g)].map(
          ([, tag]) => tag,
        );
        expect(new Set(tags)).toEqual(
          new Set([
            'div',
            'table',
            'caption',
            'thead',
            'tbody',
            'tr',
            'th',
            'td',
            'code',
            'span',
            'p',
            'pre',
          ]),
        );
      }),
    );
  });

  it('adds no line to the table of the log', () => {
    fc.assert(
      fc.property(HOSTILE, (text) => {
        const { statement, ...rest } = hostile(text);
        expect(explanationText({ ...rest, statement: '' }).split(/[\r\n\u2028]/)).toHaveLength(5);
        expect(statement).toContain('first');
      }),
    );
  });
});
