import { describe, expect, it } from 'vitest';
import { rerunBy } from '../../src/identity/given-claims.ts';
import { type AttemptBy, type People, peopleInToken } from '../../src/identity/people.ts';
import { decide } from '../../src/policy/decide.ts';
import type { Decision } from '../../src/policy/decision.ts';
import { denialText } from '../../src/policy/explain.ts';
import { codes, FULL, identity, load, NOW, SMALLEST } from './fixture.ts';

const BOB: AttemptBy = { basis: 'github-api', login: 'bob', id: '42', kind: 'human' };
const APP: AttemptBy = { basis: 'github-api', login: 'renovate[bot]', id: '29139614', kind: 'app' };
const SELF: AttemptBy = { basis: 'github-api', login: 'octocat', id: '583231', kind: 'human' };
const ASSERTED: AttemptBy = { basis: 'asserted', login: 'bob', doubt: 'refused', answer: 'status 403' };

/** Every clause of the full rule but those on people. */
const OPEN = FULL.replace(/^ {4}actor_id: .*\n/m, '');
const ONE_ID = FULL;
const TWO_IDS = FULL.replace('actor_id: "583231"', 'actor_id: { one_of: ["583231", "42"] }');
const HUMANS = OPEN.replace('    grants:', '    actor_class: human\n    grants:');
const DENY_BOB = `${OPEN}deny: { actor_id: ["42"] }\n`;
const DENY_OCTOCAT = `${OPEN}deny: { actor_id: ["583231"] }\n`;
const DENY_OTHERS = `${OPEN}deny: { actor_id: ["7"] }\n`;

async function decided(policy: string, attemptBy: AttemptBy): Promise<Decision> {
  const token = identity({ run_attempt: '2' });
  const people: People = { ...peopleInToken(token.claims), attemptBy };
  return decide(await load(policy), { ...token, people }, {}, NOW);
}

describe('C13 FF-A17 clauses and deny lists on people hold for whoever started this attempt, too', () => {
  it.each([
    ['no clause on people', OPEN, BOB, []],
    ['no clause on people', OPEN, ASSERTED, []],
    ['the id of the first alone', ONE_ID, BOB, ['ACTOR', 'NO_RULE']],
    ['the id of the first alone', ONE_ID, SELF, []],
    ['the id of the first alone', ONE_ID, ASSERTED, ['RERUN_UNVERIFIED', 'NO_RULE']],
    ['both ids', TWO_IDS, BOB, []],
    ['both ids', TWO_IDS, ASSERTED, ['RERUN_UNVERIFIED', 'NO_RULE']],
    ['the class human', HUMANS, BOB, []],
    ['the class human', HUMANS, APP, ['ACTOR_CLASS', 'NO_RULE']],
    ['the class human', HUMANS, ASSERTED, ['RERUN_UNVERIFIED', 'NO_RULE']],
    ['a deny list with who re-runs', DENY_BOB, BOB, ['DENY_LIST']],
    ['a deny list with who re-runs', DENY_BOB, SELF, []],
    ['a deny list with who started it, re-run by another', DENY_OCTOCAT, BOB, ['DENY_LIST']],
    ['a deny list with neither', DENY_OTHERS, BOB, []],
    ['a deny list with neither', DENY_OTHERS, ASSERTED, ['RERUN_UNVERIFIED']],
  ] as const)('%s, attempt by %4$s', async (_, policy, attemptBy, expected) => {
    const decision = await decided(policy, attemptBy);
    expect([decision.allow, codes(decision)]).toEqual([expected.length === 0, expected]);
  });

  it('names who re-ran it, what was expected, and the line of the policy', async () => {
    const [reason] = (await decided(ONE_ID, BOB)).reasons;
    expect(reason).toMatchObject({
      claim: 'triggering_actor_id',
      expected: '583231',
      actual: '42',
      line: 24,
    });
    expect(reason?.cause).toBe('Another person started this attempt of the run.');
    const [denied] = (await decided(DENY_BOB, BOB)).reasons;
    expect(denied?.fix).toContain('`deny.actor_id`');
  });

  it.each([
    ['refused', 'actions: read'],
    ['no-token', 'github-token'],
    ['unreachable', 'Run the job again'],
    ['other-run', 'github-token'],
  ] as const)('an unverified re-runner (%s) is told what to change: %s', async (doubt, change) => {
    const decision = await decided(DENY_OTHERS, { ...ASSERTED, doubt });
    expect(decision.reasons[0]?.fix).toContain(change);
    expect(denialText(decision)).toContain('bob');
  });

  it("a decision without people takes what the token says: a re-run is then nobody's", async () => {
    const loaded = await load(ONE_ID);
    expect(decide(loaded, identity(), {}, NOW).allow).toBe(true);
    expect(codes(decide(loaded, identity({ run_attempt: '2' }), {}, NOW))).toContain('RERUN_UNVERIFIED');
    expect(decide(await load(SMALLEST), identity({ run_attempt: '2' }), {}, NOW).allow).toBe(true);
  });

  it('audit mode lets a run go on past a clause of a rule, and never past a deny list', async () => {
    const audited = (policy: string) => decided(`mode: audit\n${policy}`, BOB);
    expect((await audited(ONE_ID)).audit).toEqual({ rule: 'prod' });
    expect((await audited(DENY_BOB)).audit).toEqual({ rule: null });
    expect((await decided(`mode: audit\n${DENY_OTHERS}`, ASSERTED)).audit).toEqual({ rule: null });
  });

  it('a re-runner that a person wrote down decides the same', async () => {
    const loaded = await load(DENY_BOB);
    const asked = (written: string) => decide(loaded, rerunBy(identity(), written), {}, NOW);
    expect(codes(asked('bob:42'))).toEqual(['DENY_LIST']);
    expect(asked('alice:43').allow).toBe(true);
    expect(codes(asked('unverified'))).toEqual(['RERUN_UNVERIFIED']);
    const humans = await load(HUMANS);
    expect(codes(decide(humans, rerunBy(identity(), 'renovate[bot]:29139614'), {}, NOW))).toContain(
      'ACTOR_CLASS',
    );
  });
});
