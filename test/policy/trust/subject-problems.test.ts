import { expect, it } from 'vitest';
import type { TrustClause } from '../../../src/policy/trust/model.ts';
import type { Way } from '../../../src/policy/trust/principals.ts';
import { subjectProblems } from '../../../src/policy/trust/subject-problems.ts';
import { scopeOf } from './scope.ts';

async function problems(...checked: TrustClause[]) {
  const { rule, grant } = await scopeOf('snowflake');
  const way: Way = {
    ...{ rule, grant, grantName: 'warehouse', principal: 'p', audience: 'a', checker: 'snowflake' },
    ...{ checked, unchecked: [] },
  };
  return subjectProblems(way, 'snowflake', 3);
}

const sub = (...values: string[]): TrustClause => ({ claim: 'sub', kind: 'values', values });

it('each subject that is too long is told, and no other', async () => {
  const { line } = (await scopeOf('snowflake')).rule;
  const found = await problems(
    { claim: 'ref', kind: 'values', values: ['long'] },
    sub('abc', 'abcd', 'ab', 'abcde'),
  );
  const told = (characters: number) => ({
    level: 'error',
    target: 'snowflake',
    line,
    message: `a subject of rule prod has ${characters} characters, at most 3 are taken`,
  });
  expect(found).toEqual([told(4), told(5)]);
});

it('a rule without a closed list of subjects is told', async () => {
  const { line } = (await scopeOf('snowflake')).rule;
  for (const found of [await problems(), await problems({ claim: 'sub', kind: 'prefix', prefix: 'a' })])
    expect(found).toEqual([
      {
        level: 'error',
        target: 'snowflake',
        line,
        message:
          'rule prod has no closed list of subjects, so nothing is written for it: sub_template holds a claim that the rule leaves open',
      },
    ]);
});
