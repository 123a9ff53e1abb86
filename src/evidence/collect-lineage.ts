import { lineageGraph } from '../lineage/graph.ts';
import { openLineageEvents } from '../lineage/openlineage.ts';
import { TOOL } from '../version.ts';
import type { EvidenceRecord } from './record.ts';

/** Keeps what happened to which data, as far as dbt got. `projectDir` is relative to the repository. */
export function collectLineage(record: EvidenceRecord, projectDir: string): void {
  const { runs, identity, decision, grants } = record.facts;
  if (!runs || !identity || !decision || !grants) return;
  record.keep('lineage', lineageGraph(runs));
  const { context, trace } = record;
  const known = { runs, identity, decision, grants, context, trace, producer: TOOL.uri, projectDir };
  record.keep('events', openLineageEvents(known));
}
