import type { Manifest, SourceFreshness } from './artifacts.ts';
import { effectOf } from './effect.ts';
import type { RunFact } from './invocation.ts';

type Status = SourceFreshness['status'];

/** What dbt measures: `source freshness` passes over a source that has no threshold. A source that is not known stays. */
export function withThresholds(ids: readonly string[], { nodes }: Manifest): readonly string[] {
  return ids.filter((id) => {
    const { warnAfter, errorAfter } = nodes.get(id)?.freshness ?? {};
    return !nodes.has(id) || Boolean(warnAfter) || Boolean(errorAfter);
  });
}

const ORDER: readonly Status[] = ['error', 'not measured', 'warn', 'pass'];

/**
 * The sources that a `source freshness` measured or was to measure, the worst first; none for another command.
 * dbt 1.x leaves a source whose query failed out of sources.json: it is not measured, with dbt's message where
 * there is one.
 */
export function freshnessOf(
  { invocation, artifacts }: RunFact,
  planned: readonly string[],
): SourceFreshness[] {
  if (effectOf(invocation.command.name) !== 'measured') return [];
  const { sources = [], manifest } = artifacts ?? {};
  const { unmeasured = {} } = invocation;
  const found = new Set(sources.map(({ uniqueId }) => uniqueId));
  const absent = [...new Set([...planned, ...Object.keys(unmeasured)])].filter((id) => !found.has(id));
  const rows = absent.map((uniqueId): SourceFreshness => {
    const { warnAfter = '', errorAfter = '' } = manifest?.nodes.get(uniqueId)?.freshness ?? {};
    const message = unmeasured[uniqueId] ?? '';
    return { ...NOTHING_MEASURED, uniqueId, warnAfter, errorAfter, message };
  });
  return [...sources, ...rows].toSorted((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
}

const NOTHING_MEASURED = {
  status: 'not measured',
  ageSeconds: null,
  maxLoadedAt: '',
  measuredAt: '',
} as const;

/** Seconds as people say them: `3 days 2 h`, `2 h 5 min`, `40 s`. */
export function ageText(seconds: number): string {
  const [days, hours, minutes] = [86_400, 3_600, 60].map((unit) => Math.floor(seconds / unit)) as [
    number,
    number,
    number,
  ];
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (hours === 0) return `${minutes} min`;
  if (days === 0) return `${hours} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`;
  return `${days} day${days === 1 ? '' : 's'}${hours % 24 === 0 ? '' : ` ${hours % 24} h`}`;
}

/** `3 days old (warn after 12 hours, error after 1 day)`, or why its age is not known. */
export function freshnessText({
  status,
  ageSeconds,
  warnAfter,
  errorAfter,
  message,
}: SourceFreshness): string {
  const limits = [
    ...(warnAfter === '' ? [] : [`warn after ${warnAfter}`]),
    ...(errorAfter === '' ? [] : [`error after ${errorAfter}`]),
  ].join(', ');
  if (status === 'not measured')
    return `not measured (${limits})${message === '' ? '' : `: ${message.trim().replace(/\s+/g, ' ')}`}`;
  return `${ageSeconds === null ? 'of unknown age' : `${ageText(ageSeconds)} old`} (${limits})`;
}

/** The sources by outcome, as unique_ids. One of which dbt left nothing at all is missing; a failed query has failed. */
export function freshnessGroups(rows: readonly SourceFreshness[]) {
  const having = (holds: (row: SourceFreshness) => boolean) =>
    rows.filter(holds).map(({ uniqueId }) => uniqueId);
  const isMissing = ({ status, message }: SourceFreshness) => status === 'not measured' && message === '';
  return {
    succeeded: having(({ status }) => status === 'pass'),
    warned: having(({ status }) => status === 'warn'),
    failed: having((row) => row.status === 'error' || (row.status === 'not measured' && !isMissing(row))),
    missing: having(isMissing),
  };
}

export const FRESHNESS_WORDS: Readonly<Record<SourceFreshness['status'], string>> = {
  pass: 'fresh',
  warn: 'warning',
  error: 'too old',
  'not measured': 'not measured',
};

/** How many sources of which outcome: `1 too old, 2 fresh`; empty when there are none. */
export function freshnessCounts(rows: readonly SourceFreshness[]): string {
  const count = (status: SourceFreshness['status']) => rows.filter((row) => row.status === status).length;
  return ORDER.filter((status) => count(status) > 0)
    .map((status) => `${count(status)} ${status === 'warn' ? 'with a warning' : FRESHNESS_WORDS[status]}`)
    .join(', ');
}
