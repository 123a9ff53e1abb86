import { html, markdownCode, plain } from '../untrusted.ts';
import { auditedUnder, type Decision, type Reason } from './decision.ts';

/** One line of the table *claim · token · rule · verdict · likely cause · fix*; every field is plain text. */
export interface DenialRow {
  readonly claim: string;
  /** What the token has. */
  readonly token: string;
  /** What the rule, or the policy as a whole, expects. */
  readonly rule: string;
  readonly verdict: string;
  readonly cause: string;
  readonly fix: string;
}

/** The clauses that failed, in the order of the decision; none when it allows. */
export function denialRows(decision: Decision): readonly DenialRow[] {
  return decision.reasons.map((reason) => ({
    claim: plain(reason.claim),
    token: plain(reason.actual),
    rule: plain(reason.expected),
    verdict: reason.code,
    cause: plain(reason.cause),
    fix: plain(reason.fix),
  }));
}

/** For a log or a terminal: aligned columns, with cause and fix below each row. */
export function denialText(decision: Decision): string {
  const rows = denialRows(decision);
  if (rows.length === 0) return headline(decision);
  const width = (key: 'claim' | 'token' | 'rule') =>
    Math.max(key.length, ...rows.map((row) => row[key].length));
  const widths = { claim: width('claim'), token: width('token'), rule: width('rule') };
  const line = (row: { claim: string; token: string; rule: string; verdict: string }) =>
    `${row.claim.padEnd(widths.claim)}  ${row.token.padEnd(widths.token)}  ${row.rule.padEnd(widths.rule)}  ${row.verdict}`;
  const body = rows.flatMap((row) => [line(row), `    cause: ${row.cause}`, `    fix:   ${row.fix}`]);
  const head = line({ claim: 'claim', token: 'token', rule: 'rule', verdict: 'verdict' });
  return [headline(decision), '', head, ...body].join('\n');
}

/** For a job summary: a Markdown table in which no foreign text can become markup. */
export function denialMarkdown(decision: Decision): string {
  const rows = denialRows(decision).map((row) =>
    [
      markdownCode(row.claim),
      markdownCode(row.token),
      markdownCode(row.rule),
      row.verdict,
      prose(row.cause),
      prose(row.fix),
    ].join(' | '),
  );
  const head = 'claim | token | rule | verdict | likely cause | fix';
  return [
    prose(headline(decision)),
    '',
    ...[head, '--- | --- | --- | --- | --- | ---', ...rows].map((row) => `| ${row} |`),
    '',
  ].join('\n');
}

/** The decision in one sentence. */
function headline(decision: Decision): string {
  const source = plain(decision.policySource);
  if (decision.allow) return `Allowed by rule ${decision.rule} of \`${source}\`.`;
  const nearest = decision.nearest === null ? '' : ` The nearest rule is ${plain(decision.nearest)}.`;
  const audited = auditedUnder(decision);
  if (audited === null) return `Denied by \`${source}\`.${nearest}`;
  return `Denied by \`${source}\`.${nearest} Audit mode lets the run go on under rule ${plain(audited)}, with no credential issued for it.`;
}

/** A denial in one line: its first reason, and how many more there are. */
export function firstReason(first: Reason, { reasons }: Decision): string {
  const more = reasons.slice(1).filter(({ code }) => code !== 'NO_RULE').length;
  return `${first.claim}: expected ${first.expected}, got ${first.actual}${more > 0 ? ` (and ${more} more)` : ''}`;
}

/** The product's own sentences: their code spans stay, nothing else in them is markup or becomes a link. */
export function prose(text: string): string {
  const inert = (part: string) =>
    html(part)
      .replace(/[|[\]*_\\~]/g, '\\$&')
      // GitHub makes links of bare addresses and names; a character reference is no part of either.
      .replace(/:(?=\/\/)|@|(?<=www)\./gi, (character) => `&#${character.charCodeAt(0)};`);
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? markdownCode(part) : inert(part)))
    .join('');
}
