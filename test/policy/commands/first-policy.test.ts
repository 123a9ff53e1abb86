import { describe, expect, it } from 'vitest';
import { firstClaims, firstPolicy } from '../../../src/policy/commands/first-policy.ts';
import { firstSteps } from '../../../src/policy/commands/first-steps.ts';
import { givenGrant } from '../../../src/policy/commands/given-grant.ts';
import { readSuite } from '../../../src/policy/commands/suite.ts';
import { lintPolicy } from '../../../src/policy/lint/lint.ts';
import { decideFor, identity, load } from '../fixture.ts';

const FLAGS = {
  repository: 'octo-org/jaffle-shop',
  repositoryId: '456789',
  ownerId: '123456',
  environment: 'prod',
  environmentId: 'EN_kwDOAbCdEf4AAAAB',
  ref: 'refs/heads/main',
  event: 'push',
  issuer: 'https://token.actions.githubusercontent.com',
};
const DUCKDB = givenGrant([]);
const SNOWFLAKE = givenGrant(
  'snowflake account=acme-prod user=DBT role=DBT warehouse=W database=D schema=S tier=prod'.split(' '),
);

describe('firstPolicy', () => {
  it('from flags: a policy, a suite that it passes, and what to do next', async () => {
    const first = await firstPolicy(firstClaims(undefined, FLAGS), { grant: SNOWFLAKE, anyActor: true });
    await expect(first.policy).toMatchFileSnapshot('golden/init.yml');
    await expect(first.suite).toMatchFileSnapshot('golden/init.test.yml');
    const steps = firstSteps(await load(first.policy), 'policies/dbt.yml', 'policies/dbt.test.yml');
    await expect(`${steps}\n`).toMatchFileSnapshot('golden/init.txt');
    const linted = await lintPolicy(new TextEncoder().encode(first.policy), 'x', { now: new Date() });
    expect(linted.problems).toEqual([]);
    const claims = { aud: 'dbt-passport/octo-org' };
    expect(await decideFor(first.policy, claims)).toMatchObject({ allow: true, rule: 'prod-push' });
    expect((await decideFor(first.policy, { ...claims, environment: 'dev' })).allow).toBe(false);
  });

  it('from the claims of a run: what they pin', async () => {
    const claims = firstClaims(identity().claims, FLAGS);
    const { policy, suite } = await firstPolicy(claims, { grant: DUCKDB });
    expect(policy).toContain('audience: dbt-passport/acme\n');
    expect(policy).toContain('node_id: EN_kwDOAbCdEf4AAAAB');
    expect(policy).toContain('actor_id: "583231"');
    const cases = readSuite(new TextEncoder().encode(suite), 'x').cases;
    expect(cases.filter(({ expect: kind }) => kind === 'deny').length).toBeGreaterThan(4);
    const steps = firstSteps(await load(policy), '/tmp/dbt.yml', 'x');
    expect(steps).toContain('OWNER/REPOSITORY/PATH@COMMIT');
    expect(steps).toContain('3. The grant needs no cloud: nothing else to set up.');
  });

  it.each([
    ['a file with models in S3', 'duckdb path=x s3.scope=s3://acme/x', ['aws']],
    [
      'Snowflake by a role of AWS',
      'snowflake account=a user=U role=R warehouse=W database=D schema=S login=aws',
      ['aws', 'snowflake'],
    ],
  ])('names every target that the grant needs: %s', async (_, words, targets) => {
    const way = words.startsWith('duckdb') ? 's3.aws.' : 'aws.';
    const role = [`${way}role_arn=arn:aws:iam::111122223333:role/dbt`, `${way}region=eu-central-1`];
    const grant = givenGrant([...words.split(' '), ...role]);
    const { policy } = await firstPolicy(firstClaims(undefined, FLAGS), { grant, anyActor: true });
    const steps = firstSteps(await load(policy), 'dbt.yml', 'x');
    expect([...steps.matchAll(/policy render (\w+) dbt\.yml/g)].map(([, target]) => target)).toEqual(targets);
  });

  it.each([
    ['claims that no rule can allow', { event_name: 'workflow_run' }, 'no rule can allow workflow_run'],
    ['claims without environment', { environment: undefined }, 'the job names no environment'],
  ])('refuses %s', async (_, claims, message) => {
    const first = firstPolicy(firstClaims(identity(claims).claims, FLAGS), { grant: DUCKDB });
    await expect(first).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_INPUT_INVALID', message: expect.stringContaining(message) }),
    );
  });

  it('refuses a sub that would not hold', async () => {
    const odd = firstClaims(identity({ iss: 'https://example.org' }).claims, FLAGS);
    await expect(firstPolicy(odd, { grant: DUCKDB })).rejects.toThrow(/expected an issuer of GitHub/);
  });

  it('refuses flags with a gap, and a grant with faults', async () => {
    const { ownerId: _, ...gap } = FLAGS;
    expect(() => firstClaims(undefined, gap)).toThrow(/something is missing/);
    const grant = givenGrant(['snowflake', 'account=acme']);
    await expect(firstPolicy(firstClaims(undefined, FLAGS), { grant, anyActor: true })).rejects.toThrow(
      /missing key user/,
    );
  });
});

describe('givenGrant', () => {
  it('reads a kind and nested keys', () => {
    expect(givenGrant(['postgres', 'host=h', 'aws.region=eu-central-1', 'aws.role_arn=a=b'])).toEqual({
      name: 'warehouse',
      keys: { kind: 'postgres', host: 'h', aws: { region: 'eu-central-1', role_arn: 'a=b' } },
    });
    expect(DUCKDB.keys).toEqual({ kind: 'duckdb', path: 'warehouse.duckdb' });
  });

  it.each([['x'], ['A=b'], ['kind=a'], ['a=1', 'a=2'], ['a=1', 'a.b=2'], ['a.b=1', 'a=2']])(
    'refuses %s %s',
    (...pairs) => {
      expect(() => givenGrant(['duckdb', ...pairs])).toThrow(/--grant: expected/);
    },
  );
});
