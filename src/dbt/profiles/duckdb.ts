import { PassportError } from '../../errors.ts';
import type { DuckDbGrant } from '../../policy/grant-types.ts';
import { plain } from '../../untrusted.ts';
import type { ProfileContext, ProfileOutput } from './output.ts';

/** Source: https://github.com/duckdb/dbt-duckdb#configuring-your-profile */
export function duckDbOutput(grant: DuckDbGrant, { projectDir }: ProfileContext): ProfileOutput {
  return { type: 'duckdb', path: duckDbFile(grant, projectDir), schema: grant.schema };
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
