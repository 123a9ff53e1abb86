import { describe, expect, it } from 'vitest';
import type { RunFact } from '../../src/dbt/invocation.ts';
import { explainMissingVariable } from '../../src/dbt/missing-variable.ts';
import { PassportError } from '../../src/errors.ts';

const WORDS = (name: string) => `Compilation Error Env var required but not provided: '${name}'`;
const planFailed = (name: string) =>
  new PassportError('ERR_DBT_PLAN_FAILED', WORDS(name), { hint: 'before' });
const rule = (env: readonly string[]) => ({
  id: 'production',
  line: 3,
  lines: new Map([['dbt', 12]]),
  dbt: { target: 'prod', commands: [], within: [], never: [], fullRefresh: false, env },
});
const hint = (name: string, job: Record<string, string>, env: readonly string[] = []) =>
  explainMissingVariable(planFailed(name), [], { job, rule: rule(env), source: 'policy.yml' }).hint;

describe('FF-C8 a variable that dbt did not have', () => {
  it('is set in the job and kept from dbt: names the place in the policy', () => {
    const error = explainMissingVariable(planFailed('REGION'), [], {
      job: { REGION: 'eu' },
      rule: rule([]),
      source: 'policy.yml',
    });
    expect(error).toMatchObject({
      code: 'ERR_DBT_PLAN_FAILED',
      hint: '`REGION` is set in the job but not passed to dbt: add it to `dbt.env` of the rule production (policy.yml:12).',
      place: { file: 'policy.yml', line: 12 },
    });
  });

  it.each([
    ['REGION', {}, [], /`REGION` is not set in the job: .* and add it to `dbt.env`/],
    ['REGION', {}, ['REGION'], /`REGION` is not set in the job: set it under `env:` of the step; or/],
    ['DBT_SCHEMA', {}, [], /`DBT_SCHEMA` is not set in the job: set it under `env:` of the step; or/],
    ['LD_PRELOAD', { LD_PRELOAD: 'x' }, ['LD_PRELOAD'], /no rule can pass it/],
    ['DBT_TARGET', { DBT_TARGET: 'x' }, ['DBT_TARGET'], /no rule can pass it/],
  ])('%s with %j and a rule that lists %j', (name, job, env, expected) => {
    expect(hint(name, job, env)).toMatch(expected);
  });

  it('is found in the result of a node, and in the log when nothing ran', () => {
    const failed = new PassportError('ERR_DBT_FAILED', 'dbt run ended', { hint: 'before' });
    const whence = { job: { REGION: 'eu' }, rule: rule([]), source: 'policy.yml' };
    const run = (artifacts: unknown, log: string) =>
      ({
        invocation: { files: [{ name: 'dbt.log', bytes: Buffer.from(log) }] },
        artifacts,
      }) as unknown as RunFact;
    const results = (message: string) => ({ runResults: { results: [{ status: 'failed', message }] } });
    const of = (fact: RunFact) => explainMissingVariable(failed, [fact], whence).hint;
    expect(of(run(results(WORDS('REGION')), ''))).toContain('not passed to dbt');
    expect(of(run(null, WORDS('REGION')))).toContain('not passed to dbt');
    expect(of(run(results('division by zero'), WORDS('REGION')))).toBe('before');
  });

  it('changes no other error', () => {
    const other = new PassportError('ERR_DBT_KILLED', WORDS('REGION'), {});
    expect(explainMissingVariable(other, [], { job: {}, rule: rule([]), source: 'p' })).toBe(other);
  });
});
