import { drawLineage } from './drawing.ts';
import type { EvidenceRecord } from './record.ts';
import {
  code,
  duration,
  factList,
  folded,
  note,
  secondsBetween,
  section,
  table,
  time,
} from './report-elements.ts';
import { type Markup, markup } from './report-markup.ts';

/** The lineage drawing: what the run read and wrote. */
export function lineageSection({ facts: { lineage } }: EvidenceRecord): Markup {
  const svg = lineage === undefined ? '' : drawLineage(lineage);
  if (svg === '')
    return section('lineage', 'Lineage', note('info', 'Nothing ran, so there is no lineage to draw.'));
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

/** Credentials that the run was given: who, scope and life; never the credential. */
export function credentialsSection({ facts }: EvidenceRecord): Markup {
  const { credentials = [], grants } = facts;
  const kinds = new Set([...(grants?.values() ?? [])].map((grant) => grant.kind));
  if (credentials.length === 0) {
    const local = kinds.size === 1 && kinds.has('duckdb');
    const text = local
      ? 'None: DuckDB is a local file, so there was no credential to issue.'
      : 'None was issued.';
    return section('credentials', 'Credentials', note('info', text));
  }
  return section(
    'credentials',
    'Credentials',
    markup`<p>Issued for this run only. The credentials themselves are not kept.</p>
`,
    table(
      'Issued credentials',
      ['Provider', 'For whom', 'Scope', 'Issued', 'Expires', 'Life', 'Request id'],
      credentials.map((fact) => ({
        cells: [
          fact.provider,
          code(fact.principal),
          code(fact.scope),
          time(fact.issuedAt),
          time(fact.expiresAt),
          duration(secondsBetween(fact.issuedAt, fact.expiresAt)),
          code(fact.requestId),
        ],
      })),
    ),
  );
}

/** The dbt in use, down to every installed package. */
export function engineSection({ facts: { engine }, tool }: EvidenceRecord): Markup {
  const own = [['This record by', `${tool.name} ${tool.version}`]] as const;
  if (engine === undefined) {
    return section('dbt', 'dbt', note('info', 'The run ended before dbt was opened.'), factList(own));
  }
  const adapters = Object.entries(engine.adapters).map(([name, version]) => `${name} ${version}`);
  return section(
    'dbt',
    'dbt',
    factList([
      ['dbt', engine.version],
      ['Adapters', adapters.join(', ')],
      ['Program', code(engine.executable)],
      ['Program SHA-256', code(engine.sha256)],
      ...own,
    ]),
    folded(
      `${engine.packages.length} installed Python packages`,
      markup`<ul class="columns">${engine.packages.map((name) => markup`<li>${code(name)}</li>`)}</ul>`,
    ),
  );
}
