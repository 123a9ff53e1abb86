import type { SourceFreshness } from '../dbt/artifacts.ts';
import type { DbtRunPredicate } from './predicate.ts';

type Invocation = NonNullable<DbtRunPredicate['dbt']>['invocations'][number];

/** A source as the predicate has it: what is not known of it is absent. */
export function freshnessFact(row: SourceFreshness): NonNullable<Invocation['freshness']>[number] {
  const { uniqueId, status, ageSeconds, ...texts } = row;
  const known = Object.entries(texts).filter(([, text]) => text !== '');
  return {
    source: uniqueId,
    status,
    ...(ageSeconds !== null && { ageSeconds }),
    ...Object.fromEntries(known),
  };
}
