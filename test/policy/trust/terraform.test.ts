import { parse } from '@cdktf/hcl2json';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../../src/policy/trust/model.ts';
import { EXAMPLES, type Example, fileOf, rendered, SHAPES } from './render-example.ts';

type Blocks = Readonly<
  Record<string, Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>>
>;

/** The resources of all files, by type; read by the parser of Terraform's own language library. */
async function resources(name: Example, target: Target, shape: keyof typeof SHAPES = 'immutable') {
  const changes = name === 'everything' ? SHAPES[shape] : [];
  const { files } = await rendered(name, target, { form: 'terraform' }, ...changes);
  const parsed: readonly { resource?: Blocks }[] = await Promise.all(
    files.map((file) => parse(file.name, file.text)),
  );
  return (type: string) => parsed.flatMap((file) => Object.values(file.resource?.[type] ?? {}).flat());
}

/** The value inside `${jsonencode(…)}`. */
function encoded(argument: unknown): unknown {
  const [, json = ''] = /^\$\{jsonencode\(([\s\S]*)\)\}$/.exec(String(argument)) ?? [];
  return JSON.parse(json.replaceAll('$${', '${').replaceAll('%%{', '%{'));
}

describe('Terraform', () => {
  const shapes = Object.keys(SHAPES) as (keyof typeof SHAPES)[];

  it.each(
    EXAMPLES.flatMap((name) =>
      (['aws', 'gcp', 'snowflake'] as const).map((target) => [name, target] as const),
    ),
  )('for %s on %s is HCL', async (name, target) => {
    const { files } = await rendered(name, target, { form: 'terraform' });
    for (const file of files) await expect(parse(file.name, file.text)).resolves.toHaveProperty('resource');
  });

  it.each(shapes)('gives roles of AWS the trust of the JSON, with a sub that is %s', async (shape) => {
    const of = await resources('everything', 'aws', shape);
    const native = await rendered('everything', 'aws', {}, ...SHAPES[shape]);
    const roles = of('aws_iam_role');
    expect(roles.length).toBe(native.files.filter(({ name }) => name.endsWith('.trust.json')).length);
    for (const role of roles) {
      const text = fileOf(native, `-${role['name']}.trust.json`);
      expect(encoded(role['assume_role_policy'])).toEqual(JSON.parse(text));
    }
    const [boundary] = of('aws_iam_policy');
    expect(encoded(boundary?.['policy'])).toEqual(JSON.parse(fileOf(native, 'dbt-athena.boundary.json')));
  });

  it.each(shapes)(
    'gives providers of Google the condition of gcloud, with a sub that is %s',
    async (shape) => {
      const of = await resources('everything', 'gcp', shape);
      const [provider = {}] = of('google_iam_workload_identity_pool_provider');
      const native = await rendered('everything', 'gcp', {}, ...SHAPES[shape]);
      const text = fileOf(native, '123456789-github.sh');
      expect(text).toContain(`--attribute-condition='${provider['attribute_condition']}'`);
      const mapping = Object.entries(provider['attribute_mapping'] as Record<string, string>);
      const flag = /--attribute-mapping='([^']*)'/.exec(text)?.[1] ?? '';
      expect(mapping.map(([key, value]) => `${key}=${value}`).toSorted()).toEqual(flag.split(',').toSorted());
      expect(provider['oidc']).toEqual([
        {
          issuer_uri: 'https://token.actions.githubusercontent.com',
          allowed_audiences: /--allowed-audiences=(\S+)/.exec(text)?.[1]?.split(','),
        },
      ]);
      const members = [
        'google_service_account_iam_member',
        'google_project_iam_member',
        'google_bigquery_dataset_iam_member',
      ]
        .flatMap(of)
        .map(({ member }) => member);
      const bound = [...fileOf(native, 'access.sh').matchAll(/--member=(\S+)/g)].map(([, member]) => member);
      expect(members.toSorted()).toEqual(bound.toSorted());
    },
  );

  it.each(shapes)(
    'gives users of Snowflake the identities of the SQL, with a sub that is %s',
    async (shape) => {
      const of = await resources('everything', 'snowflake', shape);
      const native = await rendered('everything', 'snowflake', {}, ...SHAPES[shape]);
      const sql = native.files.map(({ text }) => text).join('');
      const statements = of('snowflake_execute').map(({ execute }) => String(execute));
      expect(statements.filter((statement) => !sql.includes(`${statement};`))).toEqual([]);
      expect(statements.filter((statement) => statement.includes('ADD WORKLOAD IDENTITY')).length).toBe(
        sql.match(/ADD WORKLOAD IDENTITY/g)?.length,
      );
      const users = of('snowflake_service_user').map(({ name }) => name);
      expect(users.toSorted()).toEqual(['DBT_ENTRA', 'DBT_LONG', 'DBT_PROD']);
    },
  );
});
