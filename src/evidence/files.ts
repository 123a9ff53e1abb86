import { toNdjson } from '../lineage/ndjson.ts';
import type { EvidenceRecord } from './record.ts';

/**
 * The files of the artifact by name, as exact bytes: the subjects of the signed statement.
 * A run that stopped early has fewer of them; `report.html` is always there.
 */
export async function evidenceFiles(record: EvidenceRecord): Promise<ReadonlyMap<string, Uint8Array>> {
  const { policy, decision, events, runs } = record.facts;
  const files = new Map<string, Uint8Array>();
  const text = new TextEncoder();
  if (policy !== undefined) files.set('policy.yml', policy.bytes);
  if (decision !== undefined)
    files.set('decision.json', text.encode(`${JSON.stringify(decision, null, 2)}\n`));
  if (events !== undefined) files.set('lineage.ndjson', toNdjson(events));
  for (const [index, { invocation }] of (runs ?? []).entries()) {
    const folder = `dbt/${index + 1}-${invocation.command.name.replaceAll(' ', '-')}`;
    for (const file of invocation.files) files.set(`${folder}/${file.name}`, file.bytes);
  }
  // The report draws the lineage; its layout library is loaded only here.
  const { renderReport } = await import('./report.ts');
  files.set('report.html', text.encode(renderReport(record)));
  return files;
}
