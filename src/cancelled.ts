import { PassportError } from './errors.ts';
import type { Ports } from './ports.ts';

/** Signals reach dbt only while it is there; one that came earlier must stop the run as well. */
export function refuseCancelled({ cancelled }: Ports): void {
  if (!cancelled.aborted) return;
  throw new PassportError('ERR_DBT_KILLED', 'the run was cancelled before dbt ran', {
    hint: 'Run the job again.',
  });
}
