/** Characters that QUERY_TAG holds. Source: https://docs.snowflake.com/en/sql-reference/parameters#query-tag */
const MAX_LENGTH = 2000;

/**
 * The stamps as JSON that fits into a query tag. When it is too long, whole entries are left out, the longest
 * first, so that what is left can always be read.
 */
export function queryTag(stamps: Readonly<Record<string, string>>): string {
  let kept = Object.entries(stamps).map(([name, value]) => [shortName(name), value] as const);
  for (;;) {
    const text = JSON.stringify(Object.fromEntries(kept));
    if (text.length <= MAX_LENGTH) return text;
    const longest = Math.max(...kept.map(([, value]) => value.length));
    kept = kept.filter(([, value]) => value.length < longest);
  }
}

/** `run_id` for `DBT_ENV_CUSTOM_ENV_RUN_ID`, as people write it in a query over QUERY_HISTORY. */
function shortName(name: string): string {
  return name.replace(/^DBT_ENV_CUSTOM_ENV_/, '').toLowerCase();
}
