import type { EvidenceRecord } from './record.ts';
import { code, factList, folded, note, section } from './report-elements.ts';
import { type Markup, markup } from './report-markup.ts';

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
