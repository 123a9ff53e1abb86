import { isBeside } from '../dbt/beside.ts';
import { kindOf } from '../dbt/effect.ts';
import type { RunFact } from '../dbt/invocation.ts';
import type { LineageGraph } from '../lineage/graph.ts';
import { drawLineage } from './drawing.ts';
import type { EvidenceRecord } from './record.ts';
import { code, note, section } from './report-elements.ts';
import { type Markup, markup, NOTHING } from './report-markup.ts';

const BASIS =
  'A solid arrow: the table stands in the SQL that ran. A dashed arrow: only dbt’s manifest says so. What else the SQL reads, and what hooks and macros read or write, is not known.';
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

/** A macro may have written tables although no node was executed. */
function besideWords(runs: readonly RunFact[]): string {
  const ran = runs.some(({ artifacts }) =>
    artifacts?.runResults?.results.some(({ uniqueId }) => isBeside(kindOf(uniqueId))),
  );
  return ran ? ' What the hooks or the macro that ran read and wrote is not known.' : '';
}

/** The lineage drawing: what the run read and wrote. */
export function lineageSection({ facts: { lineage, runs = [] } }: EvidenceRecord): Markup {
  const svg = lineage === undefined ? '' : drawLineage(lineage);
  if (svg === '')
    return section(
      'lineage',
      'Lineage',
      note('info', `No node was executed, so there is no lineage to draw.${besideWords(runs)}`),
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
