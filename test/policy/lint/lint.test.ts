import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LINT_CODES, type LintCode } from '../../../src/policy/lint/codes.ts';
import type { LintOptions } from '../../../src/policy/lint/lint.ts';
import { CLEAN, changed, lint } from './fixture.ts';

/** A piece of the clean policy, and what stands there instead: once with the fault, once as near to it as is right. */
interface Case {
  readonly code: LintCode;
  readonly why: string;
  readonly from: string;
  readonly fault: string;
  readonly right: string;
  readonly options?: Partial<LintOptions>;
}

const PUSH = 'event_name: push';
const MAIN = 'ref: refs/heads/main';
const SHA = '9a8b7c6d5e4f30213243546576879809a8b7c6d5';
const PATH = 'octo-sec/workflows/.github/workflows/dbt.yml';
const NODE = '{ name: prod, node_id: EN_kwDOAbCdEf4AAAAB }';
const CI_USER = 'user: dbt_ci';
const FAR = '{ reason: "warehouse is down, INC-7", expires: "2026-12-01T00:00:00Z" }';
const AWS =
  'aws: { role_arn: "arn:aws:iam::111122223333:role/dbt", region: eu-central-1 }, s3_staging_dir: s3://acme-results/dbt/, schema: s';
const ATHENA = `{ kind: athena, tier: prod, ${AWS} }`;
const WAREHOUSE =
  '{ kind: snowflake, tier: prod, account: acme-prod, user: dbt_prod, role: transformer, warehouse: w, database: d, schema: s }';

const CASES: readonly Case[] = [
  c('E01', 'every repository of an owner', 'octo-org/jaffle-shop', 'octo-org/*', 'octo-org/jaffle.shop-2'),
  c('E01', 'every repository', 'repository: shop', 'repository: "*"', 'repository: shop '),
  c(
    'E02',
    'a rule on sub alone',
    'repository: shop',
    'sub: "repo:octo-org/jaffle-shop:environment:prod"',
    'repository: shop',
  ),
  c('E03', 'no repository id', 'repository_id: "456789", ', '', 'repository_id: "456780", '),
  c('E03', 'no owner id', ', repository_owner_id: "123456"', '', ', repository_owner_id: "123457"'),
  c(
    'E04',
    'an unprotected branch',
    MAIN,
    `${MAIN}\n    ref_protected: any`,
    `${MAIN}\n    ref_protected: "true"`,
  ),
  c(
    'E04',
    'unprotected tags without a ruleset',
    MAIN,
    'ref: { glob: refs/tags/v* }\n    ref_protected: any',
    'ref: { glob: refs/tags/v* }\n    ref_protected: any\n    tag_ruleset: the ruleset releases covers v*',
  ),
  c(
    'E04',
    'a ruleset for tags does not cover a branch',
    MAIN,
    'ref: { one_of: [refs/tags/v1, refs/heads/main] }\n    ref_protected: any\n    tag_ruleset: the ruleset releases',
    'ref: { one_of: [refs/tags/v1, refs/tags/v2] }\n    ref_protected: any\n    tag_ruleset: the ruleset releases',
  ),
  c('E04', 'any ref at all', `    ${MAIN}\n`, '', `    ${MAIN}\n`),
  ...[
    'pull_request_target',
    'workflow_run',
    'issue_comment',
    'issues',
    'discussion',
    'discussion_comment',
  ].map((event) =>
    c(
      'E05',
      event,
      PUSH,
      `event_name: { one_of: [push, ${event}] }`,
      'event_name: { one_of: [push, schedule] }',
    ),
  ),
  c(
    'E06',
    'a pull request with a grant of production',
    'tier: nonprod',
    'tier: prod',
    'tier: prod, access: read',
  ),
  c('E06', 'a pull request with a grant that does not say', ' tier: nonprod,', '', ' tier: nonprod,'),
  c(
    'E07',
    'self-hosted without a reason',
    PUSH,
    `${PUSH}\n    runner_environment: self-hosted`,
    `${PUSH}\n    runner_environment: self-hosted\n    allow_self_hosted: runners live for one job`,
  ),
  c('E08', 'no environment', `    environment: ${NODE}\n`, '', `    environment: ${NODE}\n`),
  c('E09', 'production for any workflow', NODE, 'prod', NODE),
  c(
    'E09',
    'production for any workflow',
    NODE,
    'prod',
    `prod\n    job_workflow: { path: ${PATH}, sha: [${SHA}] }`,
  ),
  c(
    'E10',
    'a workflow at a branch',
    PUSH,
    `${PUSH}\n    job_workflow: { path: ${PATH}, sha: [main] }`,
    `${PUSH}\n    job_workflow: { path: ${PATH}, sha: [${SHA}] }`,
  ),
  c(
    'E10',
    'a path with a ref',
    PUSH,
    `${PUSH}\n    job_workflow: { path: ${PATH}@refs/heads/main, sha: [${SHA}] }`,
    `${PUSH}\n    job_workflow: { path: ${PATH}, sha: [${SHA}] }`,
  ),
  c(
    'E10',
    'a key for a ref',
    PUSH,
    `${PUSH}\n    job_workflow: { path: ${PATH}, sha: [${SHA}], ref: refs/heads/main }`,
    `${PUSH}\n    job_workflow: { path: ${PATH}, sha: [${SHA}] }`,
  ),
  ...['workflow: Deploy', 'actor: octocat', 'head_ref: feature'].map((key) =>
    c('E11', key, PUSH, `${PUSH}\n    ${key}`, `${PUSH}\n    actor_id: "583231"`),
  ),
  c(
    'E12',
    'the audience of the gate for a warehouse',
    CI_USER,
    `${CI_USER}, audience: dbt-passport/acme`,
    `${CI_USER}, audience: dbt-passport/other`,
  ),
  c(
    'E12',
    'one audience for two accounts',
    'tier: nonprod, account: acme-prod',
    'tier: nonprod, account: acme-ci',
    'tier: nonprod, account: acme-ci, audience: acme-ci',
  ),
  c('E13', 'a key twice', 'policy_id: acme', 'policy_id: acme\npolicy_id: other', 'policy_id: acme'),
  c('E13', 'an anchor', 'policy_id: acme', 'policy_id: &a acme', 'policy_id: acme'),
  c('E13', 'a letter that looks like another', 'policy_id: acme', 'policy_id: \u0430cme', 'policy_id: acme'),
  c('E13', 'a rule id twice', '- id: ci', '- id: prod', '- id: ci'),
  ...['^main$', 'main|dev', 'ma(in)', 'ma.*', 'ma\\in'].map((name) =>
    c('E14', name, 'environment: ci', `environment: "${name.replace('\\', '\\\\')}"`, 'environment: ma.in'),
  ),
  ...['/', '?x=1', '#x', ':443'].map((end) =>
    c(
      'E15',
      end,
      'issuer: https://token.actions.githubusercontent.com',
      `issuer: "https://token.actions.githubusercontent.com${end}"`,
      'issuer: https://token.actions.githubusercontent.com/acme',
    ),
  ),
  ...[
    'http://token.actions.githubusercontent.com',
    'https://TOKEN.actions.githubusercontent.com',
    'https://user@token.actions.githubusercontent.com',
    'https://example.com',
  ].map((issuer) =>
    c(
      'E15',
      issuer,
      'https://token.actions.githubusercontent.com',
      `"${issuer}"`,
      'https://token.actions.acme.ghe.com',
    ),
  ),
  c(
    'E16',
    'two rules for one token',
    '  - id: ci',
    `  - id: twin\n    repository: shop\n    environment: PROD\n    ref: { glob: refs/heads/m* }\n    grants: [scratch]\n  - id: ci`,
    `  - id: twin\n    repository: shop\n    environment: PROD\n    ref: { glob: refs/heads/main* }\n    grants: [scratch]\n  - id: ci`,
  ),
  c('E18', 'a key with a typing error', PUSH, 'event_names: push', PUSH),
  c('E19', 'an older serial', 'serial: "42"', 'serial: "41"', 'serial: "42"', { lock: { serial: '42' } }),
  c('E19', 'no serial', 'serial: "42"\n', '', 'serial: "43"\n', { lock: { serial: '42' } }),
  c('E19', 'another policy with the same serial', 'serial: "42"', 'serial: "42"', 'serial: "43"', {
    lock: { serial: '42', sha256: 'a'.repeat(64) },
  }),
  ...['+tag:x', 'tag:x+', '@tag:x', 'tag:x*', 'state:modified', 'access:everybody'].map((selector) =>
    c('E20', selector, '[tag:finance]', `["${selector}"]`, '[tag:finance, group:core, access:public]'),
  ),
  c('E21', 'a key without value', 'policy_id: acme', 'policy_id:', 'policy_id: acme'),
  c('E22', 'an event that does not exist', PUSH, 'event_name: pushed', PUSH),
  c('E22', 'a day that does not exist', '2026-11-01', '2026-02-30', '2026-06-30'),
  c('E22', 'ages without a day', 'last_reviewed: "2026-11-01"\n', '', 'last_reviewed: "2026-10-31"\n'),
  c('E23', 'a grant that is not there', '[scratch]', '[scratsh]', '[warehouse]'),
  ...['ACCOUNTADMIN', 'accountadmin', 'SecurityAdmin', 'orgadmin'].map((role) =>
    c('E24', role, 'role: transformer', `role: ${role}`, 'role: accountadmin_reader'),
  ),
  c('E25', 'less than AWS gives', `${WAREHOUSE}`, ATHENA, ATHENA),
  c(
    'E25',
    'a login whose life cannot be set',
    PUSH,
    `${PUSH}\n    max_ttl_seconds: "299"`,
    `${PUSH}\n    max_ttl_seconds: "300"`,
  ),
  c(
    'W01',
    'public',
    PUSH,
    `${PUSH}\n    repository_visibility: { one_of: [private, public] }`,
    `${PUSH}\n    repository_visibility: { one_of: [private, internal] }`,
  ),
  c('W05', 'names only', 'sub_template: immutable', 'sub_template: legacy', 'sub_template: [repo, context]'),
  c(
    'W06',
    'an unused grant',
    'rules:',
    `  spare: ${WAREHOUSE.replace('dbt_prod', 'dbt_spare')}\nrules:`,
    'rules:',
  ),
  c(
    'W06',
    'an unused repository',
    'grants:\n',
    '  spare: { name: octo-org/spare, repository_id: "9", repository_owner_id: "123456" }\ngrants:\n',
    'grants:\n',
  ),
  c('W07', 'far away', '2027-02-01', '2027-05-22', '2027-05-21'),
  c(
    'W09',
    'run-operation',
    'commands: [build]',
    'commands: [build, run-operation]',
    'commands: [build, run]',
  ),
  c('W10', 'production without a tier', ' tier: prod,', '', ' tier: nonprod,'),
  c('W11', 'a review of the policy', '2026-11-01', '2026-07-01', '2026-07-02'),
  c(
    'W11',
    'a review of the rule',
    PUSH,
    `${PUSH}\n    last_reviewed: "2026-11-14"\n    max_age_days: "10"`,
    `${PUSH}\n    last_reviewed: "2026-11-15"\n    max_age_days: "10"`,
  ),
  c('W12', 'a policy that is over', '2027-02-01', '2026-11-22', '2026-11-23'),
  c('W12', 'a review that is too old', '2026-11-01', '2026-05-01', '2026-08-01'),
  c(
    'W12',
    'break-glass that is over',
    PUSH,
    `${PUSH}\n    break_glass: ${FAR.replace('2026-12-01', '2026-11-22')}`,
    `${PUSH}\n    break_glass: ${FAR}`,
  ),
  c(
    'W12',
    'a rule that nobody has reviewed',
    PUSH,
    `${PUSH}\n    last_reviewed: "2026-11-01"\n    max_age_days: "10"`,
    `${PUSH}\n    last_reviewed: "2026-11-01"\n    max_age_days: "40"`,
  ),
  c('W13', 'one user for two environments', CI_USER, 'user: DBT_prod', 'user: dbt_prod2'),
  c(
    'W15',
    'any code',
    PUSH,
    `${PUSH}\n    checkout: any`,
    `${PUSH}\n    checkout: { repositories: [octo-org/models] }`,
  ),
  c(
    'W16',
    'a setting of dbt',
    'commands: [build] }',
    'commands: [build], env: [DBT_REGION, DBT_EMPTY] }',
    'commands: [build], env: [DBT_REGION, GITHUB_SHA] }',
  ),
  c('W14', 'audit', 'policy_id: acme', 'mode: audit', 'mode: enforce'),
];

function c(
  code: LintCode,
  why: string,
  from: string,
  fault: string,
  right: string,
  options?: Partial<LintOptions>,
): Case {
  return { code, why, from, fault, right, ...(options && { options }) };
}

/** A policy for Google whose rule names so many branches. */
function branches(count: number): string {
  const refs = Array.from({ length: count }, (_, at) => `refs/heads/release-${at}-${'x'.repeat(40)}`);
  const google =
    '{ kind: bigquery, tier: prod, project: acme-data, dataset: d, service_account: dbt@acme-data.iam.gserviceaccount.com, provider: projects/1/locations/global/workloadIdentityPools/pool/providers/github }';
  return changed(MAIN, `ref: { one_of: [${refs.join(', ')}] }`, changed(WAREHOUSE, google));
}

const codes = async (text: string, options?: Partial<LintOptions>) =>
  (await lint(text, options)).map(({ code }) => code);

describe('lintPolicy', () => {
  it('has nothing to say about a policy that is right', async () => {
    expect(await lint(CLEAN)).toEqual([]);
  });

  it.each(CASES.map((one) => [one.code, one.why, one] as const))(
    '%s: %s',
    async (code, _, { from, fault, right, options }) => {
      const near = code === 'E25' && fault === right ? withTtl : (text: string) => text;
      expect(await codes(near(changed(from, fault)), options)).toContain(code);
      expect(await codes(changed(from, right), options)).not.toContain(code);
    },
  );

  it('E17: a condition that is longer than Google takes', async () => {
    expect(await codes(branches(100))).toContain('E17');
    expect(await codes(branches(40))).not.toContain('E17');
  });

  it('has a case for every code, here or beside this file', () => {
    const elsewhere = ['W02', 'W03', 'W04', 'W08', 'E17'];
    expect([...new Set([...CASES.map(({ code }) => code), ...elsewhere])].sort()).toEqual(
      [...LINT_CODES].sort(),
    );
  });

  it('gives each problem its place, its fix and its section', async () => {
    expect(
      await lint(changed('environment: ci', 'environment: ci\n    runner_environment: self-hosted')),
    ).toEqual([
      {
        code: 'E07',
        severity: 'error',
        line: 28,
        column: 5,
        message: expect.stringMatching(/^rule ci takes self-hosted runners/),
        fix: 'Say why in `allow_self_hosted`, or use github-hosted runners.',
        docs: 'docs/lint.md#e07',
      },
    ]);
  });

  it('shows a token for two rules that overlap', async () => {
    const twin =
      '  - id: twin\n    repository: shop\n    environment: PROD\n    ref: { glob: refs/heads/m* }\n    grants: [warehouse]\n';
    const [problem] = await lint(CLEAN + twin);
    expect(problem).toMatchObject({ code: 'E16', line: 30, column: 5 });
    expect(problem?.message).toBe(
      'rule twin and rule prod (line 18) both hold for repository=octo-org/jaffle-shop repository_id=456789 repository_owner_id=123456 environment=prod environment_node_id=EN_kwDOAbCdEf4AAAAB ref_protected=true event_name=push runner_environment=github-hosted ref=refs/heads/main ref_type=branch',
    );
  });

  it('says how a file that is too large, or no text, is refused', async () => {
    for (const bytes of [new Uint8Array(300_000).fill(0x23), new Uint8Array([0xff, 0xfe])]) {
      expect((await lint(bytes)).map(({ code, line }) => [code, line])).toEqual([['E13', 1]]);
    }
  });
});

describe('docs/lint.md', () => {
  const page = readFileSync(new URL('../../../docs/lint.md', import.meta.url), 'utf8');

  it.each(LINT_CODES)('has a section for %s', (code) => {
    expect(page).toMatch(new RegExp(`^### ${code}$`, 'm'));
  });
});

/** A rule whose credential may live less long than AWS can be asked for. */
function withTtl(text: string): string {
  return changed(PUSH, `${PUSH}\n    max_ttl_seconds: "899"`, text);
}
