import { DUCKDB_PLUGIN, DUCKDB_PLUGIN_FOLDER } from '../../credentials/aws/duckdb-plugin.ts';
import type { Endpoints } from '../../credentials/endpoints.ts';
import { PassportError } from '../../errors.ts';
import type { DuckDbGrant } from '../../policy/grant-types.ts';
import { plain } from '../../untrusted.ts';
import type { ProfileContext, ProfileOutput } from './output.ts';

/** Source: https://github.com/duckdb/dbt-duckdb#configuring-your-profile */
export function duckDbOutput(
  grant: DuckDbGrant,
  { projectDir, credentials, endpoints }: ProfileContext,
): ProfileOutput {
  return {
    type: 'duckdb',
    path: duckDbFile(grant, projectDir),
    schema: grant.schema,
    ...(grant.s3 && s3Output(grant.s3, endpoints)),
    ...(grant.s3 && credentials === 'federated' && PLUGIN),
  };
}

/** Sources: https://duckdb.org/docs/stable/core_extensions/aws; dbt-duckdb, secrets.py and plugins. */
function s3Output({ scope, aws }: NonNullable<DuckDbGrant['s3']>, endpoints: Endpoints): ProfileOutput {
  const secret = { type: 's3', provider: 'credential_chain', refresh: 'auto', scope, region: aws.region };
  const local = {
    endpoint: endpoints.aws?.slice('http://'.length) ?? '',
    use_ssl: 'false',
    url_style: 'path',
  };
  return {
    extensions: ['httpfs', 'aws'],
    secrets: [{ ...secret, ...(endpoints.aws && local) }],
  };
}

/** Renews the secret where a node starts; ambient credentials are for the job to renew. */
const PLUGIN: ProfileOutput = {
  plugins: [{ module: DUCKDB_PLUGIN }],
  module_paths: [{ envVar: DUCKDB_PLUGIN_FOLDER, whilePlanning: 'none-while-planning' }],
};

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
