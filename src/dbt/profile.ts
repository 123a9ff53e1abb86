import { stringify } from 'yaml';
import { PassportError } from '../errors.ts';
import type { Grant } from '../policy/grant-types.ts';
import { plain } from '../untrusted.ts';
import { ambientOutput } from './profiles/ambient.ts';
import { athenaOutput } from './profiles/athena.ts';
import { bigQueryOutput } from './profiles/bigquery.ts';
import { databricksOutput } from './profiles/databricks.ts';
import { duckDbOutput } from './profiles/duckdb.ts';
import type { EnvReference, ProfileContext, ProfileOutput, ProfileValue } from './profiles/output.ts';
import { postgresOutput } from './profiles/postgres.ts';
import { redshiftOutput } from './profiles/redshift.ts';
import { snowflakeOutput } from './profiles/snowflake.ts';

/**
 * The text of profiles.yml for one grant: profile `passport` with the one target of the rule. What is known
 * only when dbt runs, secrets above all, appears as env_var() references.
 * Source: https://docs.getdbt.com/docs/core/connect-data-platform/profiles.yml
 *
 * @throws ERR_POLICY_INVALID or ERR_INPUT_INVALID for a value that dbt would read as a template, or for a
 *   database file outside the project.
 */
export function renderProfiles(grant: Grant, target: string, context: ProfileContext): string {
  const federated = outputOf(grant, context);
  const output = context.credentials === 'ambient' ? ambientOutput(grant, federated, context) : federated;
  refuseTemplate(target);
  return stringify({
    passport: { target, outputs: { [target]: rendered({ ...output, threads: grant.threads }) } },
  });
}

function outputOf(grant: Grant, context: ProfileContext): ProfileOutput {
  switch (grant.kind) {
    case 'athena':
      return athenaOutput(grant, context);
    case 'bigquery':
      return bigQueryOutput(grant, context);
    case 'databricks':
      return databricksOutput(grant);
    case 'duckdb':
      return duckDbOutput(grant, context);
    case 'postgres':
      return postgresOutput(grant, context);
    case 'redshift':
      return redshiftOutput(grant, context);
    case 'snowflake':
      return snowflakeOutput(grant, context);
  }
}

function rendered(value: ProfileValue): unknown {
  if (typeof value === 'string') return refuseTemplate(value);
  if (typeof value !== 'object') return value;
  if (isList(value)) return value.map(rendered);
  if (isReference(value)) {
    const { envVar, whilePlanning, number } = value;
    return `{{ env_var('${envVar}', '${whilePlanning}')${number ? ' | as_number' : ''} }}`;
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rendered(inner)]));
}

function isList(value: object): value is readonly ProfileValue[] {
  return Array.isArray(value);
}

function isReference(value: object): value is EnvReference {
  return 'envVar' in value && 'whilePlanning' in value;
}

/** dbt renders every value of profiles.yml with Jinja. */
function refuseTemplate(value: string): string {
  if (!/\{[{%#]/.test(value)) return value;
  throw new PassportError(
    'ERR_POLICY_INVALID',
    `a value of the profile holds a template: "${plain(value)}"`,
    {
      hint: 'Remove "{{", "{%" and "{#" from the grant, the target and the path of the project.',
    },
  );
}
