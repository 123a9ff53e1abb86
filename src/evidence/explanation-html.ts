import type { Explanation } from '../errors.ts';
import { uncheckedNames } from './explanation-text.ts';
import { code, note, prose, table } from './report-elements.ts';
import { lines, type Markup, markup, NOTHING } from './report-markup.ts';

/** A refusal for the report: the same table, cause and statement as in the job summary. */
export function explanationHtml(explanation: Explanation | undefined): Markup {
  if (explanation === undefined) return NOTHING;
  const { rows, cause, statement } = explanation;
  const compared = rows.filter(({ verdict }) => verdict !== 'not checked');
  const unchecked = uncheckedNames({ rows });
  return markup`${table(
    'What the trust needs, by the policy, and what this run has',
    ['What', 'The trust needs', 'This run has', 'Verdict'],
    compared.map(({ claim, needed, token, verdict }) => ({
      cells: [code(claim), code(needed), code(token), verdictOf(verdict)],
    })),
  )}${
    unchecked.length === 0
      ? NOTHING
      : note('info', `Only this step checks, the cloud cannot: ${unchecked.join(', ')}.`)
  }${note('bad', prose(cause))}${statement === '' ? NOTHING : statementOf(statement)}`;
}

/** Text to be pasted, whole. */
export function statementOf(text: string): Markup {
  return markup`<p>To change over there:</p>
<pre><code>${lines(text, 400)}</code></pre>
`;
}

function verdictOf(verdict: Explanation['rows'][number]['verdict']): Markup {
  const kind = verdict === 'differs' ? 'failed' : 'success';
  return markup`<span class="status ${kind}">${verdict}</span>`;
}
