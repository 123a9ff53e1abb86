import type * as v from 'valibot';
import { duckDbGrant, duckDbSchema } from './grants/duckdb.ts';
import type { Grant } from './policy.ts';

/**
 * The kinds of grant. A further warehouse is one more file in `grants/`, its schema joined here
 * (`v.union([duckDbSchema, …])`) and one more entry in `RESOLVE`.
 */
export const grantSchema = duckDbSchema;

type WrittenGrant = v.InferOutput<typeof grantSchema>;

const RESOLVE: { readonly [Kind in Grant['kind']]: (written: WrittenGrant & { kind: Kind }) => Grant } = {
  duckdb: duckDbGrant,
};

export function resolveGrant(written: WrittenGrant): Grant {
  return RESOLVE[written.kind](written);
}
