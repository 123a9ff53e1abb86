import { drawLineage } from './drawing.ts';
import type { EvidenceRecord } from './record.ts';
import { note, section } from './report-elements.ts';
import { type Markup, markup } from './report-markup.ts';

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
    markup`<p>What this run read and wrote. Arrows go from a parent to what is built from it.</p>
<div class="scroll drawing" role="region" aria-label="Lineage drawing" tabindex="0">
${{ markup: svg }}
</div>
`,
  );
}
