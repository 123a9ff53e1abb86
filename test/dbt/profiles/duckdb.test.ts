import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderProfiles } from '../../../src/dbt/profile.ts';
import type { DuckDbGrant } from '../../../src/policy/grant-types.ts';
import { ROLE } from '../../credentials/aws/desk.ts';

const GRANT: DuckDbGrant = {
  kind: 'duckdb',
  path: 'shop.duckdb',
  schema: 'main',
  threads: 4,
  s3: { scope: 's3://passport-data/marts', aws: ROLE },
};
const context = { projectDir: '/srv/dbt', stamps: {}, endpoints: {} };
const outputOf = (more: object) =>
  parse(renderProfiles(GRANT, 'prod', { ...context, credentials: 'federated', ...more })).passport.outputs
    .prod;

describe('duckDbOutput with S3', () => {
  it('has DuckDB ask for the credentials, in the scope of the grant, and holds none', () => {
    expect(outputOf({})).toMatchObject({
      extensions: ['httpfs', 'aws'],
      secrets: [
        {
          type: 's3',
          provider: 'credential_chain',
          refresh: 'auto',
          scope: 's3://passport-data/marts',
          region: 'eu-central-1',
        },
      ],
      plugins: [{ module: 'dbt_passport_s3' }],
      module_paths: ["{{ env_var('DBT_PASSPORT_DUCKDB_PLUGINS', 'none-while-planning') }}"],
    });
    expect(Object.keys(outputOf({}).secrets[0])).not.toContain('endpoint');
  });

  it('leaves ambient credentials to the job: no plugin', () => {
    const output = outputOf({ credentials: 'ambient' });
    expect(output.secrets).toHaveLength(1);
    expect(output.plugins).toBe(undefined);
  });

  it('goes to a service on this machine where there is one', () => {
    const [secret] = outputOf({ endpoints: { aws: 'http://127.0.0.1:4711' } }).secrets;
    expect(secret).toMatchObject({ endpoint: '127.0.0.1:4711', use_ssl: 'false', url_style: 'path' });
  });
});
