import { describe, expect, it } from 'vitest';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import { checkExpectations, type Expectations } from '../../src/evidence/expectations.ts';
import { Checklist } from '../../src/evidence/verdict.ts';
import { trueRecord } from '../support/evidence.ts';

const WORKFLOW = 'acme/jaffle-shop/.github/workflows/nightly.yml@refs/heads/main';
const SHA = '5197'.padEnd(40, '0');
const record = buildPredicate(await trueRecord());

function failed(expected: Expectations, signerSha?: string): readonly string[] {
  const list = new Checklist();
  checkExpectations(list, record, expected, signerSha);
  return list.checks.filter(({ result }) => result === 'failed').map(({ name }) => name);
}

describe('what an auditor expects of the workflows', () => {
  it('the one that ran dbt, exactly', () => {
    expect(failed({ workflow: WORKFLOW })).toEqual([]);
    for (const other of [WORKFLOW.slice(0, -1), WORKFLOW.toUpperCase(), `${WORKFLOW}/`])
      expect(failed({ workflow: other })).toEqual(['expected-workflow']);
  });

  it('the commit of the one that signed, exactly; a key has none', () => {
    expect(failed({ signerSha: SHA }, SHA)).toEqual([]);
    expect(failed({ signerSha: SHA }, SHA.replace('5', '6'))).toEqual(['expected-signer-sha']);
    expect(failed({ signerSha: SHA })).toEqual(['expected-signer-sha']);
    expect(failed({}, SHA)).toEqual([]);
  });
});
