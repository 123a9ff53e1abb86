import { describe, expect, it } from 'vitest';
import { googleProblems, googleProviders } from '../../../src/policy/trust/google-providers.ts';
import { principalsOf } from '../../../src/policy/trust/principals.ts';
import { type Case, googleRequest, OTHER_POOL, PROVIDER } from './google-policy.ts';
import { example } from './render-example.ts';

const LONG_ID = PROVIDER.replace('dbt-prod', 'a-provider-with-a-name-of-32-cha');

/** A rule whose condition has so many characters. */
async function ofLength(characters: number, extra: Case = { rule: {} }): Promise<Case> {
  const environment = (name: string): Case => ({ ...extra, rule: { ...extra.rule, environment: { name } } });
  const [provider] = googleProviders(await googleRequest(environment('e')));
  const shortest = provider?.condition.length ?? 0;
  // The environment is in `sub` and in the claim of its own.
  const odd = (characters - shortest) % 2;
  const wider =
    odd === 0
      ? extra
      : {
          ...extra,
          rule: { ...extra.rule, ref: { kind: 'equals', value: `${'refs/heads/main'}x` } as const },
        };
  const name = 'e'.repeat(1 + Math.floor((characters - shortest) / 2));
  return { ...wider, rule: { ...wider.rule, environment: { name } } };
}

describe('the providers of Google Cloud', () => {
  it('are one for each name, with every rule that goes by it, whoever it leads to', async () => {
    const request = await googleRequest(
      { rule: {} },
      { rule: {}, grant: { provider: OTHER_POOL } },
      { rule: {} },
    );
    const [first] = request.all;
    expect(first).toBeDefined();
    const providers = googleProviders({ ...request, principals: request.all.slice(0, 1) });
    expect(providers.map(({ pool, id }) => [pool, id])).toEqual([['github', 'dbt-prod']]);
    expect(providers[0]?.condition).toContain('env-0');
    expect(providers[0]?.condition).toContain('env-2');
    expect(providers[0]?.condition).not.toContain('env-1');
    expect(googleProviders(request).map(({ pool }) => pool)).toEqual(['github', 'other']);
  });

  it('say which audience goes with which rule where there are several', async () => {
    const one = await googleRequest({ rule: {} }, { rule: {} });
    expect(googleProviders(one)[0]?.condition).not.toContain('aud');
    const [two] = googleProviders(
      await googleRequest({ rule: {} }, { rule: {}, grant: { audience: 'other' } }),
    );
    expect(two?.audiences).toEqual([expect.stringContaining('workloadIdentityPools'), 'other']);
    const parts = two?.condition.split(' || ') ?? [];
    expect(parts).toHaveLength(2);
    expect(parts[0]).toMatch(/^\(assertion\.aud=="\S+" && assertion\.sub=="\S+env-0" && .*\)$/);
    expect(parts[1]).toMatch(/^\(assertion\.aud=="other" && assertion\.sub=="\S+env-1" && .*\)$/);
  });

  it('have the same rule once, and no brackets around one', async () => {
    const same = { rule: { id: 'rule-0', environment: { name: 'same' } } };
    const [provider] = googleProviders(await googleRequest(same, same));
    expect(provider?.condition).toMatch(/^assertion\.sub==/);
    expect(provider?.condition).not.toContain('||');
  });

  it('are one for each rule from 4097 characters on', async () => {
    const half = await ofLength(2043);
    const two = async (characters: number) => {
      const request = await googleRequest(half, await ofLength(characters));
      return { providers: googleProviders(request), problems: googleProblems(request) };
    };
    // (a) || (b) has eight more characters than a and b.
    const fits = await two(2045);
    expect(fits.providers.map(({ condition }) => condition.length)).toEqual([4096]);
    expect(fits.problems).toEqual([]);
    const split = await two(2046);
    expect(split.providers.map(({ id, condition }) => [id, condition.length])).toEqual([
      ['dbt-prod-1', 2043],
      ['dbt-prod-2', 2046],
    ]);
    expect(split.problems).toEqual([
      {
        level: 'error',
        target: 'gcp',
        line: 100,
        message: `the condition of ${PROVIDER} would have 4097 characters, at most 4096 characters are taken: it is written as a provider for each rule; name each in the grant of its rule (provider:)`,
      },
    ]);
  });

  it('keep ids of 32 characters at most', async () => {
    const grant = { provider: LONG_ID };
    const long = await ofLength(3000, { rule: {}, grant });
    const providers = googleProviders(
      await googleRequest(long, {
        ...long,
        rule: {
          ...long.rule,
          repository: { name: 'octo-org/jaffle-mart', repositoryId: '456780', ownerId: '123456', line: 1 },
        },
      }),
    );
    expect(providers.map(({ id }) => id)).toEqual([
      'a-provider-with-a-name-of-32-c-1',
      'a-provider-with-a-name-of-32-c-2',
    ]);
  });

  it('cannot hold one rule of more than 4096 characters', async () => {
    const problem = (line: number, id: string, characters: number) => ({
      level: 'error',
      target: 'gcp',
      line,
      message: `the condition of rule ${id} has ${characters} characters, at most 4096 characters are taken: name fewer commits, accounts or refs`,
    });
    expect(googleProblems(await googleRequest(await ofLength(4096)))).toEqual([]);
    const one = await googleRequest(await ofLength(4097));
    expect(googleProblems(one)).toEqual([problem(100, 'rule-0', 4097)]);
    expect(googleProviders(one).map(({ id }) => id)).toEqual(['dbt-prod']);
    const second = await googleRequest(await ofLength(1000), await ofLength(5000));
    expect(googleProblems(second)).toEqual([problem(101, 'rule-1', 5000)]);
  });

  it('name the rules that a pool cannot tell apart', async () => {
    const same = { rule: { environment: { name: 'same' } } };
    const message = (rule: number, account: number) =>
      `rule rule-${rule} opens dbt-${account}@acme-warehouse.iam.gserviceaccount.com too: the pool cannot tell it from the rule that does, as repository and environment (and commit of the reusable workflow) are the same; give one of them an environment or a pool of its own`;
    expect(googleProblems(await googleRequest(same, same))).toEqual([
      { level: 'error', target: 'gcp', line: 101, message: message(1, 0) },
      { level: 'error', target: 'gcp', line: 100, message: message(0, 1) },
    ]);
  });

  it('are none for grants of another cloud', async () => {
    const policy = await example('everything');
    const principals = principalsOf(policy, 'aws');
    expect(googleProviders({ policy, principals, all: principals, options: {} })).toEqual([]);
  });
});
