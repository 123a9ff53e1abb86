import { describe, expect, it } from 'vitest';
import type { ClaimName, Claims } from '../../../src/identity/claims.ts';
import { decide } from '../../../src/policy/decide.ts';
import { TARGETS, type Target } from '../../../src/policy/trust/model.ts';
import { renderTrust } from '../../../src/policy/trust/render.ts';
import type { Rendered, RenderOptions } from '../../../src/policy/trust/rendered.ts';
import { githubClaims } from '../../support/claims.ts';
import { identity, load, NOW } from '../fixture.ts';
import { type Changes, HELD, type Held, keysOfSchema, SHA } from './every-clause.ts';
import { LUA } from './kong-gateway.ts';
import { GRANTS } from './random-grants.ts';
import { KEYCLOAK, READERS } from './written-trust.ts';

const PLACE = ['octo-org/jaffle-shop prod', `${KEYCLOAK}/realms/dbt`] as const;
/** For each target a grant, what its files call the principal, the audience of its tokens, and options. */
const GIVEN: Readonly<
  Record<Target, readonly [grant: string, principal: string, audience: string, options?: RenderOptions]>
> = {
  aws: ['athena', 'dbt-athena', 'sts.amazonaws.com'],
  gcp: ['bigquery2', 'acme-warehouse:scratch', 'bigquery.acme'],
  snowflake: ['snowflake', 'DBT', 'dbt.acme'],
  databricks: ['databricks', '5b3f2c1a-0d9e-4a7b-8c6d-1e2f3a4b5c6d', 'dbx.acme'],
  azure: ['entra', '8f1c', 'api://AzureADTokenExchange', { principal: '8f1c' }],
  vault: ['athena', 'r', 'vault.acme', { audience: 'vault.acme' }],
  keycloak: ['athena', ...PLACE, { audience: PLACE[1] }],
  kong: [
    'athena',
    'dbt-456789-prod',
    'kong.acme',
    { audience: 'kong.acme', bind: 'kid', keys: [{ kid: 'k1', pem: 'x' }] },
  ],
};
/** Grants of a target whose credential's life can be asked for; the loader refuses max_ttl_seconds for the others. */
const LASTING: Readonly<Partial<Record<Target, string>>> = {
  snowflake: 'snowflakeAws',
  gcp: 'bigquery',
  azure: 'athena',
};
/** Targets with the options that change what they check. */
const CASES: readonly (readonly [title: string, target: Target, options: RenderOptions])[] = [
  ...TARGETS.map((target) => [target, target, {}] as const),
  ['snowflake with CLAIMS', 'snowflake', { claims: true }],
  ['azure with flexible credentials', 'azure', { flexible: true }],
];

const RULE = {
  id: 'r',
  repository: 'shop',
  environment: { name: 'prod', node_id: 'EN_kwDOAbCdEf4AAAAB' },
  ref: 'refs/heads/main',
  event_name: 'push',
  repository_visibility: 'private',
  job_workflow: { path: 'octo-sec/workflows/.github/workflows/dbt.yml', sha: [SHA] },
  actor_id: '583231',
  actor_class: 'human',
};
const ALLOWED = githubClaims(
  { job_workflow_ref: `octo-sec/workflows/.github/workflows/dbt.yml@${SHA}` },
  NOW,
);

function policyWith(grant: string, { file = {}, rule = {} }: Changes) {
  return load(
    JSON.stringify({
      version: '1',
      issuer: 'https://token.actions.githubusercontent.com',
      audience: 'dbt-passport/acme',
      sub_template: 'immutable',
      repositories: {
        shop: { name: 'octo-org/jaffle-shop', repository_id: '456789', repository_owner_id: '123456' },
      },
      grants: { warehouse: GRANTS[grant]?.written },
      rules: [{ ...RULE, grants: ['warehouse'], ...rule }],
      ...file,
    }),
  );
}

function gateAllows(
  loaded: Awaited<ReturnType<typeof load>>,
  claims: Readonly<Record<string, unknown>>,
): boolean {
  const map = new Map(Object.entries(claims)) as Map<ClaimName, unknown> as Claims;
  return decide(loaded, { claims: map, token: identity().token }, {}, NOW).allow;
}

function takes(target: Target, rendered: Rendered, claims: Readonly<Record<string, unknown>>): boolean {
  const [, principal] = GIVEN[target];
  return READERS[target](() => rendered, principal)([new Map(Object.entries(claims))])[0] ?? false;
}

const rowsOf = ({ unchecked }: Rendered) => unchecked.map(({ claim }) => claim);
const keysOf = <Kind extends Held['kind']>(kind: Kind) =>
  Object.entries(HELD).flatMap(([key, held]) =>
    held.kind === kind ? [[key, held as Extract<Held, { kind: Kind }>] as const] : [],
  );

it('every key of the schema is accounted for', () => {
  expect(Object.keys(HELD).toSorted()).toEqual(keysOfSchema().toSorted());
});

describe.each(CASES)('what a policy says, on %s:', (_, target, more) => {
  const skipped = target === 'kong' && LUA === undefined;
  const [grant, , audience, given] = GIVEN[target];
  const options = { ...given, ...more };

  it.skipIf(skipped).each(keysOf('claim'))('%s is refused by the files, or in the table', async (_, held) => {
    const loaded = await policyWith(grant, held.policy);
    const rendered = renderTrust(loaded.policy, target, options);
    expect(gateAllows(loaded, { ...ALLOWED, ...held.violated })).toBe(false);
    const own = { ...ALLOWED, aud: audience };
    // A denied repository is handed nothing at all.
    const denied = loaded.policy.deny.repositoryId.length > 0;
    expect(gateAllows(loaded, ALLOWED)).toBe(!denied);
    expect(takes(target, rendered, own)).toBe(!denied);
    const row = rendered.unchecked.find(({ claim }) => claim in held.violated);
    if (row === undefined) expect(takes(target, rendered, { ...own, ...held.violated })).toBe(false);
    else expect(row.rules).toEqual(['r']);
  });

  it.each(keysOf('row'))('%s is a row of the table', async (_, { row, policy }) => {
    const given = (row === 'ttl' ? LASTING[target] : undefined) ?? grant;
    const loaded = await policyWith(given, policy);
    const without = await policyWith(given, {});
    const written = renderTrust(loaded.policy, target, options);
    // An hour is held by a role of AWS and of Vault themselves.
    if (row === 'ttl' && ['aws', 'vault'].includes(target)) expect(rowsOf(written)).not.toContain(row);
    else expect(rowsOf(written)).toContain(row);
    if (row !== 'dbt') expect(rowsOf(renderTrust(without.policy, target, options))).not.toContain(row);
  });

  it('hands out nothing for a rule with ambient credentials', async () => {
    const { policy } = await policyWith(grant, { rule: { credentials: 'ambient' } });
    const { files, unchecked } = renderTrust(policy, target, options);
    expect(files.filter(({ text }) => text.includes('octo-org'))).toEqual([]);
    expect(unchecked).toEqual([]);
  });
});
