import { PassportError } from '../errors.ts';
import { cappedGrant } from './grant-ttl.ts';
import type { Grant } from './grant-types.ts';
import type { Policy, Rule } from './policy.ts';

/** The grants of a rule by name, their credentials' life within its `max_ttl_seconds`. The loader has checked that each name exists; a gap here is still a refusal. */
export function grantsOf(policy: Policy, rule: Rule): ReadonlyMap<string, Grant> {
  return new Map(
    rule.grants.map((name) => {
      const grant = policy.grants.get(name);
      if (grant === undefined) {
        throw new PassportError(
          'ERR_POLICY_INVALID',
          `rule ${rule.id} names the grant ${name}, which the policy lacks`,
        );
      }
      return [name, cappedGrant(grant, rule.maxTtlSeconds)];
    }),
  );
}

/** The warehouse that dbt's profile is made for: the first grant of the rule. */
export function warehouseOf(grants: ReadonlyMap<string, Grant>): Grant {
  for (const grant of grants.values()) return grant;
  throw new PassportError('ERR_POLICY_INVALID', 'the rule has no grant', {
    hint: 'Give the rule `grants: [name]` with a name from `grants:`.',
  });
}

/** Whether dbt needs a credential for it: all but a DuckDB file, which lies in the job itself. */
export function needsCredentials(grant: Grant): boolean {
  return grant.kind !== 'duckdb' || grant.s3 !== undefined;
}
