import { type Claims, shownClaim } from '../identity/claims.ts';
import { plain } from '../untrusted.ts';

/** What the stamps are made from; an evidence record is one. */
export interface StampSource {
  readonly context: {
    readonly repository: string;
    readonly runId: string;
    readonly runAttempt: string;
    readonly sha: string;
    readonly actor: string;
    readonly serverUrl: string;
  };
  readonly trace: { readonly traceId: string };
  readonly facts: { readonly identity?: { readonly claims: Claims } };
}

/**
 * Who is running, as `DBT_ENV_CUSTOM_ENV_*` variables: dbt copies them into `metadata.env` of every
 * artifact and into its structured log (https://docs.getdbt.com/reference/artifacts/dbt-artifacts).
 *
 * Queries carry them only if the project asks for it: `query-comment` is a setting of dbt_project.yml that no
 * flag, profile or variable can set from outside; see dbt_project.yml of examples/jaffle-shop.
 * A stamp is a key to join on, not a proof: the code of the project can change it.
 */
export function stampsOf({ context, trace, facts }: StampSource): Readonly<Record<string, string>> {
  const { repository, runId, runAttempt, sha, actor, serverUrl } = context;
  const stamps = {
    TRACE_ID: trace.traceId,
    REPOSITORY: repository,
    RUN_ID: runId,
    RUN_ATTEMPT: runAttempt,
    RUN_URL: `${serverUrl}/${repository}/actions/runs/${runId}/attempts/${runAttempt}`,
    ACTOR: actor,
    SHA: sha,
    ENVIRONMENT: facts.identity === undefined ? '' : shownClaim(facts.identity.claims, 'environment'),
  };
  // A comment must not be closed from inside; dbt refuses a query-comment with these two characters.
  const safe = (value: string) => plain(value).replaceAll('*/', '* /');
  return Object.fromEntries(
    Object.entries(stamps).map(([name, value]) => [`DBT_ENV_CUSTOM_ENV_${name}`, safe(value)]),
  );
}
