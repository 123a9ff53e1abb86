import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../src/policy/grant-types.ts';
import type { KongOptions } from '../../../src/policy/trust/kong-options.ts';
import { kongProblems } from '../../../src/policy/trust/kong-problems.ts';
import type { Principal, Way } from '../../../src/policy/trust/principals.ts';
import { loadedPolicy, RULE } from '../../support/records.ts';

const GRANT: Grant = { kind: 'duckdb', path: 'a.duckdb', schema: 'main', threads: 1 };
const KEY = { kid: 'k1', pem: 'p' };
const WHOLE: KongOptions = { keys: [KEY], upstream: 'http://u' };

function principal(name: string, line: number, ...subjects: readonly string[]): Principal {
  const way: Way = {
    ...{
      rule: { ...RULE, id: `r${line}`, line },
      grant: GRANT,
      grantName: 'warehouse',
      principal: name,
      audience: 'a',
    },
    ...{ checker: 'kong', unchecked: [] },
    checked: subjects.length === 0 ? [] : [{ claim: 'sub', kind: 'values', values: subjects }],
  };
  const other = { ...way, rule: { ...way.rule, id: `s${line}`, line: line + 10 } };
  return { name, ways: [way, way, other] };
}
const problems = (options: KongOptions = WHOLE, ...principals: readonly Principal[]) =>
  kongProblems({ policy: loadedPolicy().policy, principals, all: principals, options });
const KEYS_CHANGE = {
  level: 'note',
  target: 'kong',
  line: 1,
  message:
    'Kong fetches no keys: when the issuer changes them its tokens are refused until this is rendered and loaded again',
};
const error = (line: number, message: string) => ({ level: 'error', target: 'kong', line, message });

describe('what Kong would refuse', () => {
  it('is nothing of a whole configuration, with a note of what Kong does not do', () => {
    expect(problems(WHOLE, principal('1/prod', 7, 'x'), principal('1/ci', 8, 'y'))).toEqual([KEYS_CHANGE]);
  });

  it('are rules without a closed list, once', () => {
    const open = (line: number, id: string) =>
      error(
        line,
        `nothing is written for the rule ${id}: a part of sub is left open, and Kong finds a consumer by the whole of it`,
      );
    expect(problems(WHOLE, principal('1/prod', 7), principal('1/ci', 8, 'y'))).toEqual([
      open(7, 'r7'),
      open(17, 's7'),
      KEYS_CHANGE,
    ]);
  });

  it('are places of one path', () => {
    const found = problems(
      WHOLE,
      principal('1/a b', 7, 'x'),
      principal('1/a-b', 8, 'y'),
      principal('1/a/b', 9, 'z'),
    );
    expect(found).toEqual([
      error(8, '1/a b and 1/a-b would both be dbt-1-a-b'),
      error(9, '1/a-b and 1/a/b would both be dbt-1-a-b'),
      KEYS_CHANGE,
    ]);
  });

  it('are a missing key and a missing upstream', () => {
    const keys = error(1, 'Kong fetches no keys; give the key set of the issuer with --jwks');
    const upstream = error(1, 'allowed requests go nowhere; name where with --upstream');
    expect(problems({})).toEqual([keys, upstream, KEYS_CHANGE]);
    expect(problems({ ...WHOLE, keys: [] })).toEqual([keys, KEYS_CHANGE]);
    expect(problems({ keys: [KEY] })).toEqual([upstream, KEYS_CHANGE]);
  });

  it('are several keys for one subject', () => {
    const keys = [KEY, { kid: 'k\u001b2', pem: 'p' }];
    const many = error(
      1,
      'Kong keeps one key for each subject and the issuer has 2 (k1, k\\u001b2); bind by kid, or choose one',
    );
    expect(problems({ ...WHOLE, keys })).toEqual([many, KEYS_CHANGE]);
    expect(problems({ ...WHOLE, keys, bind: 'sub' })).toEqual([many, KEYS_CHANGE]);
    expect(problems({ ...WHOLE, keys, bind: 'kid' })).toEqual([KEYS_CHANGE]);
    expect(problems({ ...WHOLE, keys: [KEY], bind: 'kid' })).toEqual([KEYS_CHANGE]);
  });
});
