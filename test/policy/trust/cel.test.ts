import { describe, expect, it } from 'vitest';
import { celCondition, globExpression } from '../../../src/policy/trust/cel.ts';
import type { TrustClause } from '../../../src/policy/trust/model.ts';
import { cel } from './cel.ts';

const PREFIX = 'a/*b.yml@';
const CLAUSES: readonly TrustClause[] = [
  { claim: 'iss', kind: 'values', values: ['https://issuer.test'] },
  { claim: 'aud', kind: 'values', values: ['audience'] },
  { claim: 'sub', kind: 'values', values: ['one', 'two'] },
  { claim: 'environment', kind: 'values', values: ['prod'] },
  { claim: 'job_workflow_ref', kind: 'prefix', prefix: PREFIX },
  { claim: 'ref', kind: 'pattern', pattern: 'refs/tags/v*' },
  { claim: 'actor_id', kind: 'except', values: ['99', '98'] },
];
const TOKEN = {
  sub: 'two',
  environment: 'prod',
  job_workflow_ref: `${PREFIX}refs/heads/main`,
  ref: 'refs/tags/v1',
  actor_id: '583231',
};

describe('celCondition', () => {
  const holds = cel(celCondition(CLAUSES));

  it('is every clause but issuer and audience', () => {
    expect(celCondition(CLAUSES)).toBe(
      [
        'assertion.sub in ["one", "two"]',
        'assertion.environment=="prod"',
        'assertion.job_workflow_ref.matches("^a/\\\\*b\\\\.yml@[ -~]*$")',
        'assertion.ref.matches("^refs/tags/v[A-Za-z0-9._-]+$")',
        'assertion.actor_id.matches("^[1-9][0-9]*$") && !(assertion.actor_id in ["99", "98"])',
      ].join(' && '),
    );
  });

  it('holds for a token that all clauses take', () => {
    expect(holds(TOKEN)).toBe(true);
  });

  it.each([
    ['sub', 'three'],
    ['environment', 'Prod'],
    ['job_workflow_ref', 'a/*bxyml@refs/heads/main'],
    ['ref', 'refs/tags/v/1'],
    ['actor_id', '98'],
    ['actor_id', '0'],
  ])('does not hold with %s %s', (claim, value) => {
    expect(holds({ ...TOKEN, [claim]: value })).toBe(false);
  });
});

describe('globExpression', () => {
  it('lets a star that starts a part take no dot first', () => {
    expect(globExpression('refs/heads/*')).toBe('^refs/heads/[A-Za-z0-9_-][A-Za-z0-9._-]*$');
    expect(globExpression('v*-*')).toBe('^v[A-Za-z0-9._-]+-[A-Za-z0-9._-]+$');
  });

  it('takes every other character as itself', () => {
    expect(globExpression('a\\^$.+?()[]{}|')).toBe('^a\\\\\\^\\$\\.\\+\\?\\(\\)\\[\\]\\{\\}\\|$');
  });
});
