import type { LineageGraph } from '../lineage/graph.ts';
import { drawLineage } from './drawing.ts';
import type { EvidenceRecord } from './record.ts';
import { code, note, section } from './report-elements.ts';
import { type Markup, markup, NOTHING } from './report-markup.ts';

const BASIS =
  'A solid arrow: the table stands in the SQL that ran. A dashed arrow: only dbt’s manifest says so. What else the SQL, hooks or macros read is not known.';
/** Tables that are listed; lineage.ndjson has all. */
const LISTED = 20;

/** Which tables of another run stood for nodes of this project. */
function elsewhereNote(lineage: LineageGraph | undefined): Markup {
  const all = lineage?.elsewhere ?? [];
  if (all.length === 0) return NOTHING;
  const rows = all
    .slice(0, LISTED)
    .map(({ id, name }) =>
      name === null
        ? markup`<li>${code(id)}: not known which table was read</li>`
        : markup`<li>${code(id)}: ${code(name)}</li>`,
    );
  const more = all.length > LISTED ? markup`<li>and ${all.length - LISTED} more</li>` : NOTHING;
  return markup`<p>dbt took these from another run (defer or clone):</p>
<ul>${rows}${more}</ul>
`;
}

/** The lineage drawing: what the run read and wrote. */
export function lineageSection({ facts: { lineage } }: EvidenceRecord): Markup {
  const svg = lineage === undefined ? '' : drawLineage(lineage);
  if (svg === '')
    return section(
      'lineage',
      'Lineage',
      note('info', 'No node was executed, so there is no lineage to draw.'),
    );
  return section(
    'lineage',
    'Lineage',
    markup`<p>What this run read and wrote. Arrows go from a parent to what is built from it. ${BASIS}</p>
${elsewhereNote(lineage)}<div class="scroll drawing" role="region" aria-label="Lineage drawing" tabindex="0">
${{ markup: svg }}
</div>
`,
  );
}
