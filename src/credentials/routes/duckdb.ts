import type { DuckDbGrant } from '../../policy/grant-types.ts';
import { awsContainer } from '../aws/container.ts';
import { DUCKDB_PLUGIN, DUCKDB_PLUGIN_FOLDER, duckDbPlugin } from '../aws/duckdb-plugin.ts';
import type { Desk, OpenRoute } from '../desk.ts';

/**
 * A file beside the project: nothing is issued, and evidence says so with an empty list. With S3, DuckDB's `aws`
 * extension asks the broker, as the SDKs of AWS do.
 */
export async function openDuckDb(grant: DuckDbGrant, desk: Desk): Promise<OpenRoute> {
  if (grant.s3 === undefined) return { variables: new Map(), lifetimes: [] };
  const { variables, lifetime } = await awsContainer(grant.s3.aws, desk);
  const plugin = await desk.files.write(`${DUCKDB_PLUGIN}.py`, duckDbPlugin(lifetime.seconds));
  const folder = plugin.slice(0, plugin.lastIndexOf('/'));
  return { variables: new Map([...variables, [DUCKDB_PLUGIN_FOLDER, folder]]), lifetimes: [lifetime] };
}
