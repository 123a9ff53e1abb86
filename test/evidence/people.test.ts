import { describe, expect, it } from 'vitest';
import { keySigner } from '../../src/adapters/signing-key.ts';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import { checkAllowedPeople, checkPeople } from '../../src/evidence/people-consistency.ts';
import { policyFile } from '../../src/evidence/policy-file.ts';
import type { DbtRunPredicate } from '../../src/evidence/predicate.ts';
import type { EvidenceRecord } from '../../src/evidence/record.ts';
import { renderReport } from '../../src/evidence/report.ts';
import { checkSameDecision } from '../../src/evidence/same-decision.ts';
import { renderSummary } from '../../src/evidence/summary.ts';
import { verdictText } from '../../src/evidence/verdict-text.ts';
import { verifyEvidence } from '../../src/evidence/verify.ts';
import { type AttemptBy, peopleInToken } from '../../src/identity/people.ts';
import { progressLines } from '../../src/progress.ts';
import { breakGlassRecord } from '../support/audit-records.ts';
import { bytes, filesOf, p256Key, sealed, trueRecord } from '../support/evidence.ts';
import { identity, startedRecord, succeededRecord } from '../support/records.ts';

const BOB: AttemptBy = { basis: 'github-api', login: 'bob', id: '42', kind: 'human' };
const ASSERTED: AttemptBy = {
  basis: 'asserted',
  login: 'bob',
  doubt: 'refused',
  answer: 'status 403, Resource not accessible by integration',
};

/** The same record in a second attempt, which bob started. */
function rerun(record: EvidenceRecord, attemptBy: AttemptBy): EvidenceRecord {
  Object.assign(record.context, { runAttempt: '2', triggeringActor: 'bob' });
  const { claims } = record.keep('identity', identity({ run_attempt: '2' }));
  record.keep('people', { ...peopleInToken(claims), attemptBy });
  return record;
}

const shown = (record: EvidenceRecord) => {
  const predicate = buildPredicate(record);
  const verdict = {
    authentic: true,
    matches: true,
    signer: 's',
    checks: [{ name: 'n', result: 'ok', detail: '' }],
    predicate,
  } as const;
  const { people } = record.facts;
  return {
    log: people === undefined ? '' : progressLines('people', people).join('\n'),
    summary: renderSummary(record),
    report: renderReport(record).replace(/<[^>]+>/g, ' '),
    verify: verdictText(verdict),
  };
};
const copy = () => {
  const record = succeededRecord();
  // The context of the fixture is shared.
  return Object.assign(record, { context: { ...record.context } });
};

describe('FF-A17 both people are in log, summary, report and verify', () => {
  it.each([
    ['GitHub names', BOB, /bob \(id 42\), as GitHub.{1,6}s API says/],
    ['only the runner names', ASSERTED, /bob, NOT VERIFIED: only the runner.{1,6}s variable says it/],
  ] as const)('whoever %s, beside the first', (_, attemptBy, words) => {
    for (const [where, text] of Object.entries(shown(rerun(copy(), attemptBy)))) {
      expect([where, text]).toEqual([where, expect.stringMatching(words)]);
      expect([where, text]).toEqual([
        where,
        expect.stringMatching(/the schedule, in the name of dana-data \(id 5550123\)/),
      ]);
    }
  });

  it('the log tells in one line how the re-runner can be verified', () => {
    const { log } = shown(rerun(copy(), ASSERTED));
    expect(log.split('\n')).toHaveLength(1);
    expect(log).toContain('actions: read');
    expect(shown(rerun(copy(), BOB)).log).not.toContain('actions: read');
  });

  it('a first attempt says so, and names nobody else', () => {
    const { log, summary, report, verify } = shown(copy());
    expect(report).toContain('it is the first attempt of the run');
    for (const text of [log, summary, verify]) expect(text).not.toContain('attempt by');
  });

  it('an app and a coding agent are told from people', () => {
    const app: AttemptBy = { basis: 'github-api', login: 'renovate[bot]', id: '7', kind: 'app' };
    expect(shown(rerun(copy(), app)).verify).toContain('renovate[bot] (id 7, an app)');
    expect(shown(rerun(copy(), { ...app, kind: 'agent' })).verify).toContain('a coding agent');
  });

  it('break-glass names who started this attempt, too', () => {
    const record = breakGlassRecord();
    Object.assign(record, { context: { ...record.context } });
    const { summary, report, verify } = shown(rerun(record, BOB));
    for (const text of [summary, report, verify])
      expect(text).toMatch(/This attempt of the run was started by\W+bob \(id 42\)/);
  });

  it('without a verified token, what the job says of both is shown as that', () => {
    const record = startedRecord({ context: { triggeringActor: 'bob' } });
    const { summary, report } = shown(record);
    for (const text of [summary, report]) expect(text).toMatch(/This attempt by[ |`]+bob/);
    expect(summary).toContain('No identity token was verified');
  });

  it('a record of an older version in a second attempt is no proof of who started it', () => {
    const { people: _, ...old } = buildPredicate(rerun(copy(), BOB));
    const verdict = {
      authentic: true,
      matches: true,
      signer: 's',
      checks: [{ name: 'n', result: 'ok', detail: '' }],
      predicate: old,
    } as const;
    expect(verdictText(verdict)).toMatch(/attempt by +bob, NOT VERIFIED/);
    expect(checkPeople(old)).toContain('not recorded');
  });
});

describe('FF-A17 verify: the people of a record', () => {
  const first = () => buildPredicate(copy());
  const second = (by: AttemptBy = BOB) => buildPredicate(rerun(copy(), by));
  const changed = (predicate: DbtRunPredicate, change: object): DbtRunPredicate =>
    ({ ...predicate, people: { ...predicate.people, ...change } }) as DbtRunPredicate;

  it('agree with its token', () => {
    expect(checkPeople(first())).toContain('dana-data');
    expect(checkPeople(second())).toContain('bob (id 42)');
    expect(checkPeople(second(ASSERTED))).toContain('NOT VERIFIED');
  });

  it.each([
    ['another first actor', first, { startedBy: { login: 'alice', id: '5550123', kind: 'human' } }],
    ['another id of the first actor', first, { startedBy: { login: 'dana-data', id: '1', kind: 'human' } }],
    [
      'another class of the first actor',
      first,
      { startedBy: { login: 'dana-data', id: '5550123', kind: 'app' } },
    ],
    ['another event', first, { event: 'push' }],
    [
      'a second attempt as the first',
      second,
      { attemptBy: { basis: 'token', login: 'dana-data', id: '5550123', kind: 'human' } },
    ],
    [
      'somebody else in a first attempt',
      first,
      { attemptBy: { basis: 'token', login: 'bob', id: '42', kind: 'human' } },
    ],
    [
      'another asserted name than the job said',
      () => second(ASSERTED),
      { attemptBy: { ...ASSERTED, login: 'alice' } },
    ],
  ] as const)('%s is refused', (_, predicate, change) => {
    expect(() => checkPeople(changed(predicate(), change))).toThrow();
  });

  it('a first attempt of which the job named somebody else is refused', () => {
    const predicate = first();
    expect(() => checkPeople({ ...predicate, run: { ...predicate.run, triggeringActor: 'bob' } })).toThrow(
      'bob',
    );
  });

  const asked = (yaml: string) => {
    const rule = policyFile(
      bytes(`version: "1"\nrules: [{ id: r${yaml.split('|')[0]} }]\n${yaml.split('|')[1] ?? ''}`),
    ).rules.get('r');
    if (rule === undefined) throw new Error('there is a rule');
    return rule.people;
  };

  it.each([
    ['nothing asked', '', ASSERTED, true],
    ['both ids', ', actor_id: { one_of: ["5550123", "42"] }', BOB, true],
    ['the id of the first alone', ', actor_id: "5550123"', BOB, false],
    ['the id of the first alone', ', actor_id: "5550123"', ASSERTED, false],
    ['people', ', actor_class: human', BOB, true],
    ['apps', ', actor_class: { one_of: [app] }', BOB, false],
    ['a deny list with who re-ran', '|deny: { actor_id: ["42"] }', BOB, false],
    ['a deny list with who started', '|deny: { actor_id: ["5550123"] }', BOB, false],
    ['a deny list with neither', '|deny: { actor_id: ["7"] }', BOB, true],
    ['a deny list with neither', '|deny: { actor_id: ["7"] }', ASSERTED, false],
  ] as const)('an allowed run is one that its policy allows: %s (%s, %#)', (_, yaml, by, fits) => {
    const check = () => checkAllowedPeople(second(by), asked(yaml));
    if (fits) expect(check).not.toThrow();
    else expect(check).toThrow();
  });

  it('a signed record whose policy denies the re-runner, and that was allowed, is not authentic', async () => {
    const key = p256Key();
    const record = await trueRecord();
    Object.assign(record, { context: { ...record.context } });
    rerun(record, BOB);
    const good = await sealed(record, keySigner(key.secret));
    const trust = { kind: 'key', pem: key.publicPem } as const;
    expect((await verifyEvidence(good, trust, {})).authentic).toBe(true);
    const policy = bytes('version: 1\nrules: [{ id: nightly-main }]\ndeny: { actor_id: ["42"] }\n');
    const { sha256 } = await import('../../src/sha256.ts');
    const digest = await sha256(policy);
    const { decision, policy: loaded } = record.facts;
    if (decision === undefined || loaded === undefined) throw new Error('it has both');
    record.keep('policy', { ...loaded, bytes: policy, sha256: digest });
    record.keep('decision', { ...decision, policySha256: digest });
    const verdict = await verifyEvidence(
      await sealed(record, keySigner(key.secret), filesOf(record)),
      trust,
      {},
    );
    expect(verdict.authentic).toBe(false);
    expect(verdict.checks.find(({ name }) => name === 'policy-file')?.detail).toContain('does not allow bob');
  });

  it('a decision is made again with the people of the record', async () => {
    const policy = bytes(`version: "1"
issuer: https://token.actions.githubusercontent.com
audience: dbt-passport:acme
repositories:
  jaffle: { name: acme/jaffle-shop, repository_id: "704512345", repository_owner_id: "9001234" }
grants: { local: { kind: duckdb, path: jaffle.duckdb } }
rules:
  - { id: nightly-main, repository: jaffle, environment: production, ref: refs/heads/main, actor_id: { one_of: ["5550123", "42"] }, grants: [local] }
`);
    await expect(checkSameDecision(second(), policy, false)).resolves.toBeUndefined();
    await expect(checkSameDecision(second({ ...BOB, id: '43' }), policy, false)).rejects.toThrow('denied');
    await expect(checkSameDecision(second(ASSERTED), policy, false)).rejects.toThrow('denied');
  });
});
