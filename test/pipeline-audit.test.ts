import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EvidenceRecord } from '../src/evidence/record.ts';
import { remarksOf } from '../src/evidence/remarks.ts';
import { exitCodeOf, outputsOf } from '../src/outputs.ts';
import { passport } from '../src/pipeline.ts';
import type { Ports } from '../src/ports.ts';
import type { Request } from '../src/request.ts';
import { type ClaimOverrides, githubClaims } from './support/claims.ts';
import { type Issuer, startIssuer } from './support/issuer.ts';
import { PRODUCTION } from './support/passport.ts';
import { rememberingPorts, request } from './support/ports.ts';

/** A branch that the rule of the example does not allow. */
const BRANCH: ClaimOverrides = { ...PRODUCTION, ref: 'refs/heads/feature/x' };
const AUDIT = (text: string) => text.replace(/^issuer:/m, 'mode: audit\nissuer:');
const IN_RULE = (line: string) => (text: string) => text.replace(/^( +)dbt:/m, `$1${line}\n$1dbt:`);
const OVER = 'last_reviewed: "2026-01-01"\nmax_age_days: "10"';
/** A warehouse that is reached with a federated credential. */
const POSTGRES = (text: string) =>
  text.replace(
    /^( {2}\S+: )\{ kind: duckdb.*$/m,
    '$1{ kind: postgres, host: db.example, database: shop, user: dbt, schema: core, aws: { role_arn: "arn:aws:iam::111122223333:role/dbt", region: eu-central-1 } }',
  );

/** The variables of a job with these claims. */
function github(claims: ClaimOverrides): Readonly<Record<string, string>> {
  const shared = Object.entries(githubClaims(claims)).map(([name, value]) => [
    name.toUpperCase(),
    String(value),
  ]);
  const all = [...shared, ['JOB', 'nightly'], ['SERVER_URL', 'https://github.com']];
  return Object.fromEntries(all.map(([name, value]) => [`GITHUB_${name}`, value ?? '']));
}

interface Change {
  readonly claims?: ClaimOverrides;
  readonly inputs?: Partial<Request['inputs']>;
  readonly environment?: Request['environment'];
}

describe('the pipeline under a policy in audit mode', () => {
  let issuer: Issuer;
  beforeAll(async () => {
    issuer = await startIssuer();
  });
  beforeEach(() => issuer.setClaims(BRANCH));
  afterAll(() => issuer.close());

  /** One run under a changed policy, for a job with these claims. */
  async function run(
    changes: readonly ((text: string) => string)[],
    { claims = BRANCH, inputs, ...change }: Change = {},
  ) {
    issuer.setClaims(claims);
    const { ports, asked } = await rememberingPorts(issuer);
    const policy: Ports['policy'] = async (reference) => {
      const { bytes, source } = await ports.policy(reference);
      const text = changes.reduce((all, each) => each(all), new TextDecoder().decode(bytes));
      return { bytes: new TextEncoder().encode(text), source };
    };
    const asks = request(github(claims));
    const said: string[] = [];
    const given: string[][] = [];
    const watched: Ports = {
      ...ports,
      policy,
      say: (line) => void said.push(line),
      dbt: async (setup) => {
        const session = await ports.dbt(setup);
        return {
          ...session,
          invoke: (command, variables) => {
            given.push([...variables.keys()]);
            return session.invoke(command, variables);
          },
        };
      },
    };
    const conclusion = await passport({ ...asks, ...change, inputs: { ...asks.inputs, ...inputs } }, watched);
    return { ...conclusion, conclusion, asked, said, given };
  }

  const decisionOf = ({ facts: { decision } }: EvidenceRecord) => decision;

  it('a denied run goes on as an allowed one would, with one token, for the gate', async () => {
    const { record, error, asked, said, conclusion } = await run([AUDIT]);
    expect(error).toBeNull();
    expect(asked.calls).toEqual([
      'policy',
      'token dbt-passport/jaffle-shop',
      'jwks',
      'checkout',
      'dbt',
      'list',
      'invoke build',
      'close',
      'sign',
      'upload',
    ]);
    expect(record.status).toBe('succeeded');
    expect(decisionOf(record)).toMatchObject({ allow: false, rule: null, audit: { rule: 'production' } });
    expect(outputsOf(conclusion)).toMatchObject({
      status: 'succeeded',
      decision: 'deny',
      rule: '',
      'audited-rule': 'production',
    });
    expect(exitCodeOf(conclusion)).toBe(0);
    expect(said).toContainEqual(
      'decision     DENIED; nearest rule production; audit mode lets it go on under rule production, with no credential issued for it',
    );
    const [remark, ...others] = remarksOf(record);
    expect(others).toEqual([]);
    expect(remark).toMatchObject({ title: 'Audit mode: this run would have been denied' });
    expect(remark?.text).toContain('`ref: expected refs/heads/main, got refs/heads/feature/x`');
    expect(remark?.place).toEqual({
      file: record.known('policy').source,
      line: decisionOf(record)?.reasons[0]?.line,
    });
  });

  it.each([
    ['the policy', (text: string) => text.replace(/^issuer:/m, `${OVER}\nissuer:`), 'POLICY_REVIEW'],
    ['its rule', IN_RULE(OVER.replace('\n', '\n    ')), 'RULE_REVIEW'],
  ])('so does a run that no rule allows only because the review of %s is over', async (_, change, reason) => {
    const { record, error } = await run([AUDIT, change], { claims: PRODUCTION });
    expect(error).toBeNull();
    expect(record.status).toBe('succeeded');
    expect(decisionOf(record)).toMatchObject({ allow: false, audit: { rule: 'production' } });
    expect(decisionOf(record)?.reasons.map(({ code }) => code)).toEqual([reason]);
    expect(remarksOf(record)[0]?.text).toContain(
      '`time: expected a review in the last 10 days, got 2026-01-01`',
    );
  });

  it('an allowed run is an allowed run', async () => {
    const { record, conclusion } = await run([AUDIT], { claims: PRODUCTION });
    expect(record.status).toBe('succeeded');
    expect(outputsOf(conclusion)).toMatchObject({
      decision: 'allow',
      rule: 'production',
      'audited-rule': '',
    });
    expect(remarksOf(record)).toEqual([]);
  });

  it('the same policy that is enforced stops it', async () => {
    const { record, error, asked, conclusion } = await run([]);
    expect(error).toMatchObject({ code: 'ERR_POLICY_DENIED', reason: 'REF' });
    expect(String((error as { hint?: string }).hint)).not.toContain('audit mode');
    expect(record.status).toBe('denied');
    expect(asked.calls.slice(3)).toEqual(['sign', 'upload']);
    expect(outputsOf(conclusion)).toMatchObject({ decision: 'deny', 'audited-rule': '' });
  });

  it.each([
    [
      'the deny list',
      (text: string) => `${text}\ndeny: { actor_id: ["${githubClaims(BRANCH)['actor_id']}"] }\n`,
      BRANCH,
      'DENY_LIST',
    ],
    [
      'a policy that is over',
      (text: string) => text.replace(/^issuer:/m, 'not_after: "2026-01-01T00:00:00Z"\nissuer:'),
      BRANCH,
      'POLICY_EXPIRED',
    ],
    ['another environment', (text: string) => text, { ...BRANCH, environment: 'other' }, 'ENVIRONMENT'],
    ['a sub of its own', (text: string) => text, { ...BRANCH, sub: 'x' }, 'REF'],
    [
      'a break-glass rule',
      IN_RULE('break_glass: { reason: "INC-4711 outage", expires: "2999-01-01T00:00:00Z" }'),
      BRANCH,
      'REF',
    ],
  ])('%s stops it all the same, and the hint says so', async (_, change, claims, reason) => {
    const { record, error, asked, conclusion } = await run([AUDIT, change], { claims });
    expect(error).toMatchObject({ code: 'ERR_POLICY_DENIED', reason });
    expect((error as { hint?: string }).hint).toContain(
      'The policy is in audit mode, which lets only a run go on',
    );
    expect(record.status).toBe('denied');
    expect(decisionOf(record)).toMatchObject({ allow: false, audit: { rule: null } });
    expect(asked.calls.slice(3)).toEqual(['sign', 'upload']);
    expect(outputsOf(conclusion)).toMatchObject({ status: 'denied', 'audited-rule': '' });
    expect(remarksOf(record)).toEqual([]);
  });

  describe('with a rule that hands out federated credentials', () => {
    it('nothing is exchanged: dbt gets what the job has, and the record says whose that is not', async () => {
      const environment = { PGPASSWORD: 'correct-horse', AWS_SECRET_ACCESS_KEY: 'another-horse' };
      const { record, error, asked, given } = await run([AUDIT, POSTGRES], { environment });
      expect(error).toBeNull();
      expect(asked.calls.filter((call) => call.startsWith('token'))).toHaveLength(1);
      expect(asked.calls.filter((call) => /^(broker|relay|file)/.test(call))).toEqual([]);
      expect(given).toEqual([['DBT_ENV_SECRET_PASSPORT_POSTGRES_PASSWORD']]);
      expect(record.facts.credentials).toMatchObject([{ provider: 'ambient', expiresAt: '' }]);
    });

    it('a job without any ends at the missing one, and is told where they may come from', async () => {
      const { record, error, asked } = await run([AUDIT, POSTGRES]);
      expect(error).toMatchObject({ code: 'ERR_CREDENTIAL_UNAVAILABLE' });
      expect(String(error)).toContain('PGPASSWORD');
      expect((error as { hint?: string }).hint).toContain('audit mode');
      expect(record.status).toBe('failed');
      expect(asked.calls.filter((call) => /^(token|invoke)/.test(call))).toHaveLength(1);
      expect(remarksOf(record)).toHaveLength(1);
    });

    it('auth-only exchanges nothing either', async () => {
      const environment = { PGPASSWORD: 'correct-horse' };
      const { record, asked } = await run([AUDIT, POSTGRES], {
        environment,
        inputs: { mode: 'auth-only' },
      });
      expect(record.status).toBe('auth-only');
      expect(record.facts.credentials).toMatchObject([{ provider: 'ambient' }]);
      expect(asked.calls.filter((call) => call.startsWith('token'))).toHaveLength(1);
    });
  });

  describe('the limits of the rule hold', () => {
    it.each([
      ['a command that it does not have', 'run-operation drop_everything', 'COMMAND'],
      ['a full refresh', 'build --full-refresh', 'FULL_REFRESH'],
    ])('%s is denied before dbt', async (_, command, reason) => {
      const { record, error, asked } = await run([AUDIT], { inputs: { command } });
      expect(error).toMatchObject({ code: 'ERR_DBT_SELECTION_FORBIDDEN', reason });
      expect(record.status).toBe('denied');
      expect(asked.calls).not.toContain('dbt');
      expect(remarksOf(record)).toEqual([]);
    });

    it('a long-lived key that the rule refuses stops it, but for what the warehouse needs', async () => {
      const refusing = IN_RULE('static_credentials: refuse');
      const needed = await run([AUDIT, POSTGRES, refusing], { environment: { PGPASSWORD: 'correct-horse' } });
      expect(needed.error).toBeNull();
      expect(needed.record.facts.staticCredentials).toMatchObject([{ outcome: 'passed' }]);
      const other = { PGPASSWORD: 'correct-horse', SNOWFLAKE_PASSWORD: 'another-horse' };
      const refused = await run([AUDIT, POSTGRES, refusing], { environment: other });
      expect(refused.error).toMatchObject({ code: 'ERR_STATIC_CREDENTIAL' });
      expect(refused.asked.calls).not.toContain('dbt');
    });
  });
});

describe('what people are told of an allowed run', () => {
  let issuer: Issuer;
  beforeAll(async () => {
    issuer = await startIssuer();
  });
  afterAll(() => issuer.close());

  it('break-glass with who used it, and a review that is due, at their lines of the policy', async () => {
    const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    issuer.setClaims(PRODUCTION);
    const { ports } = await rememberingPorts(issuer);
    const changed = (text: string) =>
      IN_RULE('break_glass: { reason: "INC-4711 outage", expires: "2999-01-01T00:00:00Z" }')(
        text.replace(/^issuer:/m, `last_reviewed: "${day(95)}"\nmax_age_days: "100"\nissuer:`),
      );
    const policy: Ports['policy'] = async (reference) => {
      const { bytes, source } = await ports.policy(reference);
      return { bytes: new TextEncoder().encode(changed(new TextDecoder().decode(bytes))), source };
    };
    const { record, error } = await passport(request(github(PRODUCTION)), { ...ports, policy });
    expect(error).toBeNull();
    const [glass, review, ...others] = remarksOf(record);
    expect(others).toEqual([]);
    expect(glass?.title).toBe('Break-glass: an emergency rule allowed this run');
    expect(glass?.text).toContain('`octocat` (id `583231`) used rule `production`');
    expect(glass?.text).toContain('`INC-4711 outage`');
    const lines = new TextDecoder().decode(record.known('policy').bytes).split('\n');
    expect(lines[(glass?.place.line ?? 0) - 1]).toContain('break_glass:');
    expect(review?.title).toBe('A review is due');
    expect(review?.text).toContain(
      `The policy was last reviewed on ${day(95)}; after ${day(-5)} it allows nothing.`,
    );
  });
});
