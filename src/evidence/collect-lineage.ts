import { isTokenCommit } from '../checkout/observed.ts';
import { lineageGraph } from '../lineage/graph.ts';
import { openLineageEvents } from '../lineage/openlineage.ts';
import { TOOL } from '../version.ts';
import type { EvidenceRecord } from './record.ts';

/** Keeps what happened to which data, as far as dbt got. Locations are named only of code that was seen to be of the commit. */
export function collectLineage(record: EvidenceRecord): void {
  const { runs, identity, decision, grants } = record.facts;
  if (!runs || !identity || !decision || !grants) return;
  record.keep('lineage', lineageGraph(runs));
  const { context, trace } = record;
  const projectDir = projectOfCommit(record);
  const known = { runs, identity, decision, grants, context, trace, producer: TOOL.uri, projectDir };
  record.keep('events', openLineageEvents(known));
}

function projectOfCommit({ facts: { checkout } }: EvidenceRecord): string | null {
  const observed = checkout?.observed;
  if (observed?.kind !== 'compared' || observed.against.kind !== 'token' || !isTokenCommit(observed))
    return null;
  return observed.project === '' ? '.' : observed.project;
}
