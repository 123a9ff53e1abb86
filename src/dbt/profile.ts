import { stringify } from 'yaml';
import { PassportError } from '../errors.ts';
import type { DuckDbGrant, Grant } from '../policy/policy.ts';
import { plain } from '../untrusted.ts';

/**
 * The text of profiles.yml for one grant: profile `passport` with the one target of the rule. A secret
 * would appear in it only as an env_var() reference; DuckDB has none.
 * Source: https://docs.getdbt.com/docs/core/connect-data-platform/profiles.yml
 *
 * @param projectDir absolute path of the dbt project.
 * @throws ERR_POLICY_INVALID or ERR_INPUT_INVALID for a value that dbt would read as a template, or for a
 *   database file outside the project.
 */
export function renderProfiles(grant: Grant, target: string, projectDir: string): string {
  const output = outputOf(grant, projectDir);
  for (const value of [target, ...Object.values(output)]) refuseTemplate(String(value));
  return stringify({ passport: { target, outputs: { [target]: output } } });
}

function outputOf(grant: Grant, projectDir: string): Readonly<Record<string, string | number>> {
  switch (grant.kind) {
    case 'duckdb':
      return {
        type: 'duckdb',
        path: duckDbFile(grant, projectDir),
        schema: grant.schema,
        threads: grant.threads,
      };
  }
}

function duckDbFile(grant: DuckDbGrant, projectDir: string): string {
  if (!projectDir.startsWith('/')) {
    throw new PassportError(
      'ERR_INPUT_INVALID',
      `the project folder must be absolute, not ${plain(projectDir)}`,
    );
  }
  const segments = grant.path.split('/');
  if (
    grant.path === '' ||
    segments.some((segment) => segment === '' || segment === '..' || segment === '.')
  ) {
    throw new PassportError(
      'ERR_POLICY_INVALID',
      `the DuckDB file "${plain(grant.path)}" is not a path inside the project`,
      {
        hint: 'Give the grant a `path` relative to the dbt project, without "..", e.g. `warehouse.duckdb`.',
      },
    );
  }
  return `${projectDir.replace(/\/+$/, '')}/${grant.path}`;
}

/** dbt renders every value of profiles.yml with Jinja. */
function refuseTemplate(value: string): void {
  if (!/\{[{%#]/.test(value)) return;
  throw new PassportError(
    'ERR_POLICY_INVALID',
    `a value of the profile holds a template: "${plain(value)}"`,
    {
      hint: 'Remove "{{", "{%" and "{#" from the grant, the target and the path of the project.',
    },
  );
}
