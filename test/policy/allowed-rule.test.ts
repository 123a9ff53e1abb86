import { describe, expect, it } from 'vitest';
import type { PassportError } from '../../src/errors.ts';
import { allowedRule } from '../../src/policy/allowed-rule.ts';
import { decide } from '../../src/policy/decide.ts';
import type { Decision } from '../../src/policy/decision.ts';
import type { LoadedPolicy } from '../../src/policy/policy.ts';
import { FULL, identity, load, NOW, SOURCE } from './fixture.ts';

const TWIN = FULL.slice(FULL.indexOf('  - id: prod'))
  .replace('id: prod', 'id: next')
  .replace('heads/main', 'heads/next');

function refusal(loaded: LoadedPolicy, decision: Decision): PassportError {
  try {
    allowedRule(loaded, decision);
  } catch (error) {
    return error as PassportError;
  }
  throw new Error('the run was allowed');
}

describe('allowedRule', () => {
  it('is the rule that the decision names', async () => {
    const loaded = await load(`${FULL}${TWIN}`);
    for (const [ref, id] of [
      ['refs/heads/main', 'prod'],
      ['refs/heads/next', 'next'],
    ] as const) {
      expect(allowedRule(loaded, decide(loaded, identity({ ref }), {}, NOW)).id).toBe(id);
    }
  });

  it('is never one of a decision of another policy, or of one that denies', async () => {
    const loaded = await load(FULL);
    const decision = decide(loaded, identity(), {}, NOW);
    for (const wrong of [
      { ...decision, allow: false },
      { ...decision, rule: null },
      { ...decision, rule: 'other' },
      { ...decision, policySha256: '00'.repeat(32) },
    ]) {
      const error = refusal(loaded, wrong);
      expect([error.code, error.message]).toEqual(['ERR_INTERNAL', 'the decision is not one of this policy']);
    }
  });

  it('else throws the first reason: what was expected, why, what to change, and where', async () => {
    const loaded = await load(FULL);
    const decision = decide(loaded, identity({ event_name: 'release', actor_id: '7' }), {}, NOW);
    const error = refusal(loaded, decision);
    const [first] = decision.reasons;
    expect(error).toMatchObject({ code: 'ERR_POLICY_DENIED', reason: 'EVENT' });
    expect(error.message).toContain('event_name: expected push, got release');
    expect(error.hint).toBe(`${first?.cause} ${first?.fix}`);
    expect(error.place).toEqual({ file: SOURCE, line: 18 });
  });

  it('gives no line where the policy as a whole is meant, and says when audit mode stops a run too', async () => {
    const loaded = await load(FULL.replace('serial:', 'mode: audit\nserial:'));
    const error = refusal(loaded, decide(loaded, identity({ iss: 'x' }), {}, NOW));
    expect(error.place).toEqual({ file: SOURCE });
    expect(error.hint).toMatch(
      / The policy is in audit mode, which lets only a run go on that one rule alone is for, by repository and environment; and only past clauses of rules \(docs\/policy\.md#audit-mode\)\.$/,
    );
  });
});
