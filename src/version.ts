/** The release, the same as in package.json (a test compares them). */
const VERSION = '0.1.0';

/** This program. `uri` names it in its version, as OpenLineage's `producer` wants it. */
export const TOOL = {
  name: 'dbt-passport',
  version: VERSION,
  uri: `https://github.com/dbt-passport/dbt-passport/tree/v${VERSION}`,
} as const;
