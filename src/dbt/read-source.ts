import type { SourceFreshness } from './artifacts.ts';
import { type Fields, fields, text } from './json-fields.ts';

type Status = SourceFreshness['status'];

/** dbt's words, 2.x begins them with a capital; any that is not known is not good. */
const STATUSES: ReadonlyMap<string, Status> = new Map([
  ['pass', 'pass'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['runtime error', 'not measured'],
]);

/** One row of sources.json (https://schemas.getdbt.com/dbt/sources/v3.json). */
export function readSource(row: Fields): SourceFreshness {
  const age = row['max_loaded_at_time_ago_in_s'];
  return {
    uniqueId: text(row['unique_id']),
    status: STATUSES.get(text(row['status']).toLowerCase()) ?? 'error',
    ageSeconds: typeof age === 'number' && Number.isFinite(age) ? age : null,
    maxLoadedAt: text(row['max_loaded_at']),
    measuredAt: text(row['snapshotted_at']),
    ...readThresholds(fields(row['criteria'])),
    message: text(row['error'], row['status'] === 'runtime error' ? 'dbt gave no reason' : ''),
  };
}

/** `freshness` of a source or of its config, or the criteria that dbt judged by. An absent threshold is empty. */
export function readThresholds(freshness: Fields): Pick<SourceFreshness, 'warnAfter' | 'errorAfter'> {
  const threshold = (name: string) => {
    const { count, period } = fields(freshness[name]);
    return typeof count === 'number' && typeof period === 'string'
      ? `${count} ${period}${count === 1 ? '' : 's'}`
      : '';
  };
  return { warnAfter: threshold('warn_after'), errorAfter: threshold('error_after') };
}
