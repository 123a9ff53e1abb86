import { describe, expect, it } from 'vitest';
import { AGENT_IDS, AGENT_LOGINS, actorClass } from '../../src/identity/actor-class.ts';
import { auditedRule } from '../../src/policy/audit.ts';
import { decide } from '../../src/policy/decide.ts';
import { grantsOf } from '../../src/policy/grant.ts';
import type { ClaimOverrides } from '../support/claims.ts';
import { codes, decideFor, FULL, identity, load, NOW, refusal, SMALLEST } from './fixture.ts';

const BRANCH = 'ref: refs/heads/main\n';
const withRule = (keys: string) => SMALLEST.replace(BRANCH, `${BRANCH}    ${keys}\n`);
const withPolicy = (keys: string) => SMALLEST.replace('issuer:', `${keys}\nissuer:`);
const at = (instant: string) => new Date(instant);

describe('actor_class', () => {
  const id = (value: string) => ({ kind: 'text', value }) as const;

  it.each([
    ['octocat', '583231', 'human'],
    ['renovate[bot]', '29139614', 'app'],
    ['Dependabot[BOT]', '49699333', 'app'],
    ['Copilot', '7', 'agent'],
    ['renamed', '198982749', 'agent'],
    ['copilot-fan', '7', 'human'],
  ])('%s with the id %s is %s', (actor, number, expected) => {
    expect(actorClass(actor, id(number))).toBe(expected);
  });

  it('knows each agent of its list by login, and by id where one is known', () => {
    for (const login of AGENT_LOGINS) expect(actorClass(login, { kind: 'missing', value: '' })).toBe('agent');
    for (const number of AGENT_IDS) expect(actorClass('x', id(number))).toBe('agent');
  });

  it('is a clause: it denies other classes, and an actor that cannot be read', async () => {
    const people = withRule('actor_class: human');
    expect((await decideFor(people)).allow).toBe(true);
    expect(codes(await decideFor(people, { actor: 'cursor[bot]' }))).toEqual(['ACTOR_CLASS', 'NO_RULE']);
    expect(codes(await decideFor(people, { actor: undefined }))).toEqual(['CLAIM_MISSING', 'NO_RULE']);
    const machines = withRule('actor_class: { one_of: [app, agent] }');
    expect((await decideFor(machines, { actor: 'cursor[bot]' })).allow).toBe(true);
    expect((await decideFor(machines)).allow).toBe(false);
  });
});

describe('break_glass', () => {
  const policy = withRule(
    'break_glass: { reason: "INC-7 in the warehouse", expires: "2026-11-23T00:00:00Z" }',
  );

  it('allows before it expires, and says why', async () => {
    const decision = await decideFor(policy, {}, {}, at('2026-11-22T23:59:59Z'));
    expect(decision).toMatchObject({
      allow: true,
      breakGlass: { reason: 'INC-7 in the warehouse', expires: '2026-11-23T00:00:00Z' },
      notices: [
        { code: 'BREAK_GLASS', message: 'break-glass until 2026-11-23T00:00:00Z: INC-7 in the warehouse' },
      ],
    });
  });

  it('denies from then on, and without a time', async () => {
    for (const now of [at('2026-11-23T00:00:00Z'), at('2030-01-01T00:00:00Z'), at('nonsense')]) {
      const decision = await decideFor(policy, {}, {}, now);
      expect(codes(decision)).toEqual(['BREAK_GLASS']);
      expect(decision).not.toHaveProperty('breakGlass');
    }
  });

  it('still counts when it is over, so that time allows nothing', async () => {
    const twin = SMALLEST.slice(SMALLEST.indexOf('  - id: prod')).replace('id: prod', 'id: twin');
    const decision = await decideFor(policy + twin, {}, {}, at('2030-01-01T00:00:00Z'));
    expect(decision.allow).toBe(false);
    expect(codes(decision)).toContain('AMBIGUOUS');
  });
});

describe('max_age_days', () => {
  const rule = withRule('last_reviewed: "2026-11-12"\n    max_age_days: "10"');
  const whole = withPolicy('last_reviewed: "2026-11-12"\nmax_age_days: "10"');

  it.each([
    ['rule', rule, 'RULE_REVIEW'],
    ['policy', whole, 'POLICY_REVIEW'],
  ])('of a %s gives a notice from 80 %% on, then denies', async (_, policy, code) => {
    const on = (day: string) => decideFor(policy, {}, {}, at(day));
    expect(await on('2026-11-19T23:00:00Z')).not.toHaveProperty('notices');
    expect(await on('2026-11-20T00:00:00Z')).toMatchObject({ allow: true, notices: [{ code }] });
    expect(await on('2026-11-22T00:00:00Z')).toMatchObject({ allow: true });
    expect(codes(await on('2026-11-22T00:00:01Z'))).toEqual([code]);
    expect(codes(await on('2026-11-10T23:59:59Z'))).toEqual([code]);
    expect(codes(await on('nonsense'))).toContain(code);
  });

  it('of a rule counts from the review of the policy when it has none of its own', async () => {
    const both = withRule('max_age_days: "10"').replace('issuer:', 'last_reviewed: "2026-11-01"\nissuer:');
    expect(codes(await decideFor(both))).toEqual(['RULE_REVIEW']);
    expect((await refusal(withRule('max_age_days: "10"'))).message).toContain('without last_reviewed');
  });
});

describe('max_ttl_seconds', () => {
  const aws = 'aws: { role_arn: "arn:aws:iam::111122223333:role/dbt", region: eu-central-1 }';
  const athena = `kind: athena, s3_staging_dir: s3://acme-results/dbt/, schema: s, ${aws}`;
  const lake = `kind: duckdb, path: a.duckdb, s3: { scope: s3://acme-lake, ${aws} }`;
  const provider = 'provider: projects/1/locations/global/workloadIdentityPools/pool/providers/github';
  const direct = `kind: bigquery, project: acme-data, dataset: d, ${provider}`;
  const account = `${direct}, service_account: dbt@acme-data.iam.gserviceaccount.com`;
  const user = 'kind: snowflake, account: acme, user: u, role: r, warehouse: w, database: d, schema: s';
  const policy = (grant: string, seconds: number) =>
    withRule(`max_ttl_seconds: "${seconds}"`).replace('kind: duckdb, path: jaffle.duckdb', grant);

  it.each([
    [athena, 900],
    [lake, 900],
    [account, 600],
    [`${user}, login: aws, ${aws}`, 900],
  ])('asks for less: %s', async (grant, least) => {
    const { policy: loaded } = await load(policy(grant, least));
    const [rule] = loaded.rules;
    const granted = rule && JSON.stringify([...grantsOf(loaded, rule).values()]);
    expect(granted).toMatch(new RegExp(`"(durationSeconds|lifetimeSeconds)":${least}\\b`));
    expect((await refusal(policy(grant, least - 1))).message).toContain(`expected at least ${least}`);
  });

  it('never asks for more', async () => {
    const { policy: loaded } = await load(policy(athena, 7200));
    const [rule] = loaded.rules;
    expect(rule && grantsOf(loaded, rule).get('warehouse')).toHaveProperty('aws.durationSeconds', 3600);
  });

  it.each([
    [direct, 3599],
    [user, 299],
    [`${user}, login: oauth, oauth: { token_url: "https://idp.example.com/t", audience: a }`, 7200],
    [
      'kind: databricks, host: a.cloud.databricks.com, http_path: /sql/1, catalog: c, schema: s, client_id: 00000000-0000-0000-0000-000000000000, audience: x',
      3599,
    ],
  ])('is refused where the life is not ours to set: %s', async (grant, seconds) => {
    expect((await refusal(policy(grant, seconds))).message).toContain('cannot be held');
  });
});

describe('mode: audit', () => {
  const policy = withPolicy('mode: audit');
  const audited = async (text: string, claims: ClaimOverrides, now = NOW) => {
    const loaded = await load(text);
    const decision = decide(loaded, identity(claims), {}, now);
    return { decision, rule: auditedRule(loaded, decision) };
  };

  it('denies as ever, and names the rule that the run may go on under, with credentials of the job', async () => {
    for (const claims of [
      { ref: 'refs/heads/dev' },
      { event_name: 'release' },
      { runner_environment: 'self-hosted' },
    ]) {
      const { decision, rule } = await audited(policy, claims);
      expect(decision).toMatchObject({ allow: false, rule: null, audit: { rule: 'prod' } });
      expect(decision.reasons).toEqual(
        (await decideFor(SMALLEST, claims)).reasons.map((reason) => ({ ...reason, ...moved(reason) })),
      );
      expect(rule).toMatchObject({ id: 'prod', credentials: 'ambient' });
    }
  });

  it('changes nothing for a run that is allowed', async () => {
    const { decision, rule } = await audited(policy, {});
    expect(decision).toMatchObject({ allow: true, rule: 'prod' });
    expect(decision).not.toHaveProperty('audit');
    expect(rule).toBeUndefined();
  });

  it.each([
    ['another issuer', { iss: 'https://token.actions.githubusercontent.com/x' }, policy],
    ['another audience', { aud: 'x' }, policy],
    ['a sub of its own', { sub: 'x', ref: 'refs/heads/dev' }, policy],
    ['another repository', { repository_id: '1' }, policy],
    ['another owner', { repository_owner_id: '1' }, policy],
    ['another environment', { environment: 'dev' }, policy],
    ['an odd claim', { ref: ['refs/heads/main'] }, policy],
    ['a look-alike', { ref: 'refs/heads/m\u0430in' }, policy],
    ['the deny list', { actor_id: '9' }, `${policy}deny: { actor_id: ["9"] }\n`],
    ['a policy that is over', {}, policy.replace('mode:', 'not_after: "2026-01-01T00:00:00Z"\nmode:')],
    [
      'break-glass',
      { ref: 'refs/heads/dev' },
      policy.replace(
        BRANCH,
        `${BRANCH}    break_glass: { reason: "INC-7 down", expires: "2026-12-01T00:00:00Z" }\n`,
      ),
    ],
    [
      'two rules for the place',
      { ref: 'refs/heads/dev' },
      policy +
        SMALLEST.slice(SMALLEST.indexOf('  - id: prod'))
          .replace('id: prod', 'id: twin')
          .replace('heads/main', 'heads/next'),
    ],
  ])('stops for %s', async (_, claims, text) => {
    const { decision, rule } = await audited(text, claims);
    expect(decision).toMatchObject({ allow: false, audit: { rule: null } });
    expect(rule).toBeUndefined();
  });

  it('takes no decision of another policy, and none in enforce mode', async () => {
    const { decision } = await audited(policy, { ref: 'refs/heads/dev' });
    expect(auditedRule(await load(`${policy}# other\n`), decision)).toBeUndefined();
    expect((await audited(SMALLEST, { ref: 'refs/heads/dev' })).decision).not.toHaveProperty('audit');
  });

  /** The policy has one more line above the rules. */
  function moved({
    line,
    fix,
    expected,
    actual,
  }: {
    line?: number;
    fix: string;
    expected: string;
    actual: string;
  }) {
    const down = (text: string) => text.replace(/line (\d+)/g, (_, number) => `line ${Number(number) + 1}`);
    return { ...(line !== undefined && { line: line + 1 }), fix: down(fix), expected, actual };
  }
});

describe('terms that are left out', () => {
  it('mean what they meant before', async () => {
    const { policy } = await load(FULL);
    expect(policy).toMatchObject({ mode: 'enforce', policyId: 'acme', serial: 42 });
    expect(policy.grantTerms.get('warehouse')).toEqual({ access: 'write', line: 11 });
    expect(policy).not.toHaveProperty('review');
  });
});
