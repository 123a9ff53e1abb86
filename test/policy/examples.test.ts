import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/policy/load.ts';
import { codes, decideFor, SMALLEST } from './fixture.ts';

const TEAM = readFileSync(new URL('../../examples/policies/team.yml', import.meta.url), 'utf8');
const PULL_REQUEST = {
  environment: 'ci',
  event_name: 'pull_request',
  ref: 'refs/pull/7/merge',
  ref_protected: 'false',
};

describe('examples/policies/smallest.yml', () => {
  it('is at most 15 lines', () => {
    expect(SMALLEST.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
  });

  it('allows the one repository in the one environment from the one branch', async () => {
    expect(await decideFor(SMALLEST)).toMatchObject({ allow: true, rule: 'prod' });
  });

  it.each([
    ['repository_id', { repository_id: '1' }, 'REPO_ID'],
    ['owner', { repository_owner_id: '1' }, 'OWNER_ID'],
    ['environment', { environment: 'dev' }, 'ENVIRONMENT'],
    ['branch', { ref: 'refs/heads/dev' }, 'REF'],
    ['unprotected branch', { ref_protected: 'false' }, 'REF_PROTECTED'],
    ['event', { event_name: 'pull_request_target' }, 'EVENT'],
    ['runner', { runner_environment: 'self-hosted' }, 'RUNNER'],
  ])('denies another %s', async (_, claims, code) => {
    expect(codes(await decideFor(SMALLEST, claims))).toEqual([code, 'NO_RULE']);
  });
});

describe('examples/policies/team.yml', () => {
  it('lets pull requests build in ci', async () => {
    expect(await decideFor(TEAM, PULL_REQUEST)).toMatchObject({ allow: true, rule: 'ci' });
  });

  it('lets the schedule build in prod, through the pinned workflow', async () => {
    expect(await decideFor(TEAM, { event_name: 'schedule' })).toMatchObject({
      allow: true,
      rule: 'prod-nightly',
    });
  });

  it('keeps pull requests out of prod and other workflows out of both', async () => {
    expect((await decideFor(TEAM, { ...PULL_REQUEST, environment: 'prod' })).allow).toBe(false);
    expect(
      codes(await decideFor(TEAM, { event_name: 'schedule', job_workflow_sha: 'a'.repeat(40) })),
    ).toEqual(['JOB_WORKFLOW', 'NO_RULE']);
    expect((await decideFor(TEAM, { environment: 'ci' })).allow).toBe(false);
  });
});

const FOLDER = new URL('../../examples/policies/', import.meta.url);
const example = (name: string) => readFileSync(new URL(name, FOLDER), 'utf8');
const load = async (text: string) => (await loadPolicy(new TextEncoder().encode(text), 'x')).policy;

describe('examples/policies', () => {
  it.each(readdirSync(FOLDER).filter((name) => name.endsWith('.yml')))(
    '%s loads, and has no grant that no rule names',
    async (name) => {
      const { grants, rules } = await load(example(name));
      expect([...grants.keys()].sort()).toEqual([...new Set(rules.flatMap((rule) => rule.grants))].sort());
    },
  );

  it('snowflake.yml and bigquery.yml keep pull requests out of production', async () => {
    for (const name of ['snowflake.yml', 'bigquery.yml']) {
      expect(await decideFor(example(name), PULL_REQUEST)).toMatchObject({ allow: true, rule: 'ci' });
      const outside = { ...PULL_REQUEST, environment: 'production' };
      expect((await decideFor(example(name), outside)).allow, name).toBe(false);
    }
  });

  it('warehouses.yml has rules that differ in environment and grant alone', async () => {
    const { grants, rules } = await load(example('warehouses.yml'));
    expect(rules.map(({ id }) => grants.get(id)?.kind)).toEqual([
      'duckdb',
      'snowflake',
      'bigquery',
      'postgres',
    ]);
    const same = rules.map(({ id, line: _, lines: __, environment: ___, ...rule }) =>
      JSON.stringify(rule).replaceAll(`"${id}"`, '"X"'),
    );
    expect(new Set(same).size, same.join('\n')).toBe(1);
    for (const { id } of rules)
      expect(await decideFor(example('warehouses.yml'), { environment: id })).toMatchObject({ rule: id });
  });
});
