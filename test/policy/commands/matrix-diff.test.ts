import { describe, expect, it } from 'vitest';
import { matrixDiff } from '../../../src/policy/commands/matrix-diff.ts';
import { resolveGrant } from '../../../src/policy/grant-kinds.ts';
import type { Grant } from '../../../src/policy/grant-types.ts';
import type { GrantTerms, LoadedPolicy, Rule } from '../../../src/policy/policy.ts';
import { load } from '../fixture.ts';
import { keysOfSchema } from '../proof/every-clause.ts';

const HEAD = `version: "1"
issuer: https://token.actions.githubusercontent.com
audience: dbt-passport/acme
repositories:
  shop: { name: octo-org/jaffle-shop, repository_id: "456789", repository_owner_id: "123456" }
`;
const ROLE = `{ role_arn: "arn:aws:iam::111122223333:role/dbt", region: eu-central-1`;
const PLAIN = 'repository: shop, ref: refs/heads/main';

/** A policy with a rule and a grant for each side; `own` is what production alone has. */
const twoSides = (own: { rule?: string; grant?: string; aws?: string }) => `${HEAD}grants:
  a: { kind: athena, database: awsdatacatalog, schema: marts, s3_staging_dir: "s3://lake/x/", aws: ${ROLE} } }
  b: { kind: athena, database: awsdatacatalog, schema: marts, s3_staging_dir: "s3://lake/x/", aws: ${ROLE}${own.aws ?? ''} }${own.grant ?? ''} }
rules:
  - { id: s, environment: staging, ${PLAIN}, grants: [a] }
  - { id: p, environment: production, ${PLAIN}, grants: [b]${own.rule ?? ''} }
`;
const diff = async (text: string) => matrixDiff(await load(text), 'staging', 'production');
const whatOf = async (text: string) => (await diff(text)).map(({ what }) => what);

describe('FF-A21 matrix --diff', () => {
  it('tells production alone with 12 h sessions, no session policy, unprotected refs and agents', async () => {
    const staging = `${ROLE}, allow: [{ actions: ["s3:GetObject"], resources: ["arn:aws:s3:::lake/*"] }] }`;
    const production = `${ROLE}, duration_seconds: "43200" }`;
    const grant = (aws: string) =>
      `{ kind: athena, database: awsdatacatalog, schema: marts, s3_staging_dir: "s3://lake/x/", aws: ${aws} }`;
    const rows = await diff(`${HEAD}grants:
  a: ${grant(staging)}
  b: ${grant(production)}
rules:
  - { id: s, environment: staging, ${PLAIN}, actor_class: human, grants: [a] }
  - { id: p, environment: production, ${PLAIN}, actor_class: { one_of: [human, agent] }, ref_protected: any, grants: [b] }
`);
    expect(rows.map(({ what, left, right }) => [what, left, right])).toEqual([
      ['protected ref', 'true', '(any)'],
      ['class of actor', 'human', 'agent, human'],
      ['aws.duration_seconds', '3600', '43200'],
      ['aws.allow', 'actions: s3:GetObject; resources: arn:aws:s3:::lake/*', '(none)'],
    ]);
  });

  it('is empty for the same on both sides, whatever it is called and in whatever order', async () => {
    expect(await diff(twoSides({}))).toEqual([]);
    const listed = (values: string) =>
      `, runner_environment: { one_of: [${values}] }, allow_self_hosted: "our own machine"`;
    const text = twoSides({ rule: listed('self-hosted, github-hosted') }).replace(
      'grants: [a]',
      `grants: [a]${listed('github-hosted, self-hosted')}`,
    );
    expect(await diff(text)).toEqual([]);
  });

  it('tells two rules that have the same values the other way round', async () => {
    const rules = (side: string, main: string, release: string) =>
      `  - { id: ${side}1, environment: ${side}, repository: shop, ref: refs/heads/main, max_ttl_seconds: "${main}", grants: [a] }
  - { id: ${side}2, environment: ${side}, repository: shop, ref: refs/heads/release, max_ttl_seconds: "${release}", grants: [a] }
`;
    const text = twoSides({});
    const crossed = `${text.slice(0, text.indexOf('rules:'))}rules:\n${rules('staging', '900', '3600')}${rules('production', '3600', '900')}`;
    const rows = await diff(crossed);
    expect(rows).not.toEqual([]);
    expect(rows[0]?.what).toBe('what goes together');
    expect(rows[0]?.left).toContain('ref refs/heads/main; longest life of a credential 900 s');
  });
});

/** For each key of a rule, what production alone says; null for what only says which rule it is. */
const RULE_KEYS: Readonly<Record<string, string | null>> = {
  id: null,
  repository: null,
  environment: null,
  grants: null,
  'environment.name': null,
  'environment.node_id': 'environment: { name: production, node_id: EN_1 }',
  ref: 'ref: refs/heads/x',
  'ref.equals': 'ref: { equals: refs/heads/x }',
  'ref.one_of': 'ref: { one_of: [refs/heads/main, refs/heads/x] }',
  'ref.glob': 'ref: { glob: "refs/heads/m*" }',
  ref_protected: 'ref_protected: any',
  event_name: 'event_name: push',
  'event_name.one_of': 'event_name: { one_of: [push, release] }',
  runner_environment: 'runner_environment: self-hosted',
  'runner_environment.one_of': 'runner_environment: { one_of: [github-hosted, self-hosted] }',
  repository_visibility: 'repository_visibility: private',
  'repository_visibility.one_of': 'repository_visibility: { one_of: [private, public] }',
  'job_workflow.path': `job_workflow: { path: o/w/.github/workflows/x.yml, sha: [${'a'.repeat(40)}] }`,
  'job_workflow.sha': `job_workflow: { path: o/w/.github/workflows/x.yml, sha: [${'a'.repeat(40)}] }`,
  actor_id: 'actor_id: "1"',
  'actor_id.one_of': 'actor_id: { one_of: ["1", "2"] }',
  actor_class: 'actor_class: human',
  'actor_class.one_of': 'actor_class: { one_of: [human, app] }',
  allow_self_hosted: 'allow_self_hosted: our own machine',
  tag_ruleset: 'tag_ruleset: a ruleset guards them',
  'break_glass.reason': 'break_glass: { reason: a fire drill, expires: "2027-01-01T00:00:00Z" }',
  'break_glass.expires': 'break_glass: { reason: a fire drill, expires: "2027-01-01T00:00:00Z" }',
  last_reviewed: 'last_reviewed: "2026-11-01", max_age_days: "90"',
  max_age_days: 'last_reviewed: "2026-11-01", max_age_days: "90"',
  credentials: 'credentials: ambient',
  static_credentials: 'static_credentials: refuse',
  checkout: 'checkout: any',
  'checkout.repositories': 'checkout: { repositories: [octo-org/models] }',
  max_ttl_seconds: 'max_ttl_seconds: "900"',
  'dbt.target': 'dbt: { target: other }',
  'dbt.commands': 'dbt: { commands: [build] }',
  'dbt.within': 'dbt: { within: ["tag:x"] }',
  'dbt.never': 'dbt: { never: ["tag:x"] }',
  'dbt.full_refresh': 'dbt: { full_refresh: "true" }',
  'dbt.max_minutes': 'dbt: { max_minutes: "5" }',
  'dbt.env': 'dbt: { env: [REGION] }',
};

describe('FF-A21 no key of a rule is overlooked', () => {
  it('every key of the schema is in the list', () => {
    const keys = keysOfSchema().flatMap((key) =>
      key.startsWith('rules.') ? key.slice('rules.'.length) : [],
    );
    expect(Object.keys(RULE_KEYS).toSorted()).toEqual(keys.toSorted());
  });

  const said = Object.entries(RULE_KEYS).flatMap(([key, yaml]) =>
    yaml === null ? [] : [[key, yaml] as const],
  );
  it.each(said)('%s that production alone has is a difference', async (_, yaml) => {
    const [key = ''] = yaml.split(':');
    const text = twoSides({ rule: `, ${yaml}` });
    // The key that both sides have is replaced on the one.
    const own = text.split('\n').map((line) => {
      if (!line.includes('id: p,') || !['environment', 'ref'].includes(key)) return line;
      const other = key === 'ref' ? ', ref: refs/heads/main' : ', environment: production';
      return line.replace(other, '');
    });
    expect(await whatOf(own.join('\n'))).not.toEqual([]);
  });
});

/** Each kind with every key that it can have. */
const AWS = {
  role_arn: 'arn:aws:iam::111122223333:role/dbt',
  region: 'eu-central-1',
  audience: 'sts.acme',
  duration_seconds: '900',
  allow: [{ actions: ['s3:GetObject'], resources: ['*'] }],
  policy_arns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  chain: { role_arn: 'arn:aws:iam::444455556666:role/second', external_id: 'one' },
};
const WRITTEN: readonly Parameters<typeof resolveGrant>[0][] = [
  { kind: 'duckdb', path: 'a.duckdb', schema: 'main', threads: '2', s3: { scope: 's3://lake/p', aws: AWS } },
  {
    ...{
      kind: 'athena',
      aws: AWS,
      s3_staging_dir: 's3://lake/x/',
      s3_data_dir: 's3://lake/y/',
      work_group: 'w',
    },
    ...{ database: 'awsdatacatalog', schema: 'marts', threads: '2' },
  },
  {
    ...{ kind: 'redshift', aws: AWS, host: 'h.eu-central-1.redshift.amazonaws.com', port: '5439' },
    ...{ database: 'd', schema: 's', cluster_id: 'c', threads: '2' },
  },
  {
    ...{ kind: 'postgres', aws: AWS, host: 'h.eu-central-1.rds.amazonaws.com', port: '5432', database: 'd' },
    ...{ schema: 's', user: 'u', ssl_mode: 'verify-full', ssl_root_cert: 'ca.pem', threads: '2' },
  },
  {
    ...{ kind: 'databricks', host: 'dbc-1.cloud.databricks.com', http_path: '/sql/1.0/warehouses/1' },
    ...{ catalog: 'c', schema: 's', client_id: '5b3f2c1a-0d9e-4a7b-8c6d-1e2f3a4b5c6d', audience: 'dbx' },
    threads: '2',
  },
  {
    ...{ kind: 'bigquery', project: 'acme-warehouse', dataset: 'marts', location: 'EU', audience: 'bq' },
    provider: 'projects/1/locations/global/workloadIdentityPools/github/providers/dbt',
    ...{ service_account: 'dbt@acme.iam.gserviceaccount.com', delegates: ['a@acme.iam.gserviceaccount.com'] },
    ...{ scopes: ['https://www.googleapis.com/auth/bigquery'], lifetime_seconds: '900', threads: '2' },
    maximum_bytes_billed: '1000',
  },
  ...(['relay', 'aws', 'oauth'] as const).map(
    (login) =>
      ({
        ...{ kind: 'snowflake', account: 'acme-eu', user: 'U', role: 'R', warehouse: 'W', database: 'D' },
        ...{ schema: 'S', threads: '2', login },
        ...(login === 'relay' && { audience: 'snow' }),
        ...(login === 'aws' && { aws: AWS }),
        ...(login === 'oauth' && {
          oauth: {
            token_url: 'https://login.acme.example/token',
            grant_type: 'token-exchange',
            ...{ client_id: 'c', scope: 's', audience: 'a' },
          },
        }),
      }) as Parameters<typeof resolveGrant>[0],
  ),
] as readonly Parameters<typeof resolveGrant>[0][];

type Leaf = readonly (string | number)[];

function leavesOf(value: unknown, at: Leaf = []): readonly Leaf[] {
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...at, key]));
}

/** A copy of the value in which one leaf is another. */
function withOther(value: unknown, [key, ...rest]: Leaf): unknown {
  if (key === undefined) return typeof value === 'number' ? value + 1 : `${String(value)}x`;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? withOther(item, rest) : item));
  const object = value as Readonly<Record<string, unknown>>;
  return { ...object, [key]: withOther(object[key], rest) };
}

describe('FF-A21 no key of a grant is overlooked', () => {
  const grants = WRITTEN.map(resolveGrant);

  it('the grants have every kind', async () => {
    const { grantSchema } = await import('../../../src/policy/grant-kinds.ts');
    const kinds = grantSchema.pipe[1].options.map(({ entries }) => entries.kind.literal);
    expect([...new Set(grants.map(({ kind }) => kind))].toSorted()).toEqual(kinds.toSorted());
  });

  it.each(WRITTEN.map((written) => [written.kind, written] as const))(
    'the %s grant has every key of its schema',
    async (kind, written) => {
      const { grantSchema } = await import('../../../src/policy/grant-kinds.ts');
      const schema = grantSchema.pipe[1].options.find(({ entries }) => entries.kind.literal === kind);
      const keys = Object.keys(schema?.entries ?? {});
      const same = WRITTEN.filter((other) => other.kind === written.kind).flatMap((other) =>
        Object.keys(other),
      );
      // What a grant says of itself is not the grant: tier and access are held below.
      expect(keys.filter((key) => !same.includes(key) && key !== 'tier' && key !== 'access')).toEqual([]);
    },
  );

  const cases = grants.flatMap((grant) =>
    leavesOf(grant)
      .filter(([key]) => key !== 'kind')
      .map((leaf) => [grant.kind, leaf.join('.'), grant, leaf] as const),
  );
  it.each(cases)('%s: another %s is a difference', async (_, _path, grant, leaf) => {
    const loaded = await load(twoSides({}));
    const other = withOther(grant, leaf) as Grant;
    expect(matrixDiff(withGrants(loaded, grant, other), 'staging', 'production')).not.toEqual([]);
    expect(matrixDiff(withGrants(loaded, grant, grant), 'staging', 'production')).toEqual([]);
  });

  it.each([
    ['tier', { tier: 'prod', access: 'write', line: 1 }],
    ['access', { access: 'read', line: 1 }],
  ] as const)('another %s is a difference', async (what, terms: GrantTerms) => {
    const loaded = await load(twoSides({}));
    const grantTerms = new Map([...loaded.policy.grantTerms, ['b', terms] as const]);
    const rows = matrixDiff({ ...loaded, policy: { ...loaded.policy, grantTerms } }, 'staging', 'production');
    expect(rows.map((row) => row.what)).toEqual([what]);
  });

  it('two kinds are one difference, and each key of both is told', async () => {
    const loaded = await load(twoSides({}));
    const [left, right] = [grants[0], grants[5]];
    if (left === undefined || right === undefined) throw new Error('there are both');
    const rows = matrixDiff(withGrants(loaded, left, right), 'staging', 'production');
    expect(rows.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['warehouse', 's3.scope', 'provider']),
    );
  });

  function withGrants(loaded: LoadedPolicy, left: Grant, right: Grant): LoadedPolicy {
    const rules: readonly Rule[] = loaded.policy.rules;
    return {
      ...loaded,
      policy: {
        ...loaded.policy,
        rules,
        grants: new Map([
          ['a', left],
          ['b', right],
        ]),
      },
    };
  }
});
