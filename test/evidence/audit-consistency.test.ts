import { describe, expect, it } from 'vitest';
import { keySigner } from '../../src/adapters/signing-key.ts';
import { checkExceptions } from '../../src/evidence/audit-consistency.ts';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import { checkStatus } from '../../src/evidence/consistency.ts';
import { checkCredentials } from '../../src/evidence/credential-consistency.ts';
import type { Expectations } from '../../src/evidence/expectations.ts';
import type { DbtRunPredicate } from '../../src/evidence/predicate.ts';
import type { EvidenceRecord } from '../../src/evidence/record.ts';
import { buildStatement } from '../../src/evidence/statement.ts';
import { exitCode } from '../../src/evidence/verdict.ts';
import { verifyEvidence } from '../../src/evidence/verify.ts';
import { NEVER_AUDITED } from '../../src/policy/audit.ts';
import { sha256 } from '../../src/sha256.ts';
import {
  AUDITED,
  AUDITED_RECORDS,
  auditedRecord,
  auditPolicy,
  breakGlassRecord,
  stoppedRecord,
} from '../support/audit-records.ts';
import { ambientRecord, credential } from '../support/credential-records.ts';
import { bytes, type Files, filesOf, p256Key, sealed, sealedText, text } from '../support/evidence.ts';
import { ALLOWED, deniedRecord, loadedPolicy, succeededRecord } from '../support/records.ts';

const audited = () => buildPredicate(auditedRecord());
const emergency = () => buildPredicate(breakGlassRecord());
const decision = (of: DbtRunPredicate) => of.decision ?? { allow: false, rule: null, reasons: [] };

describe('audit mode and break-glass against the rest of the record', () => {
  it.each([
    ['went on', auditedRecord, 'AUDIT MODE: would have been denied, and went on under rule nightly-main'],
    ['denied after it went on', AUDITED_RECORDS['denied'] ?? auditedRecord, 'neither'],
    ['stopped in audit mode', stoppedRecord, 'neither'],
    ['denied', deniedRecord, 'neither'],
    ['allowed', succeededRecord, 'neither'],
    [
      'break-glass',
      breakGlassRecord,
      'BREAK-GLASS: dana-data used rule nightly-main, which ends 2026-11-20T08:00:00Z',
    ],
  ])('agree: %s', (_, record, detail) => {
    expect(checkExceptions(buildPredicate(record()))).toContain(detail);
  });

  it('agree in an older record, which says neither mode nor exceptions', () => {
    const { policy, ...older } = buildPredicate(succeededRecord());
    const { mode, ...rest } = policy ?? { source: '', sha256: '' };
    expect(mode).toBe('enforce');
    expect(checkExceptions({ ...older, policy: rest })).toContain('neither');
  });

  const of = audited();
  it.each<[string, Partial<DbtRunPredicate>, string]>([
    ['hidden', { audit: undefined as never }, 'audit.rule'],
    ['another rule', { audit: { rule: 'other', wouldHaveBeenDenied: true } }, 'audit.rule'],
    ['a policy that is enforced', { policy: { source: '', sha256: '', mode: 'enforce' } }, 'contradict'],
    ['a policy of no known mode', { policy: { source: '', sha256: '' } }, 'contradict'],
    ['a rule that allowed it', { decision: { ...decision(of), rule: 'nightly-main' } }, 'no rule'],
    ['no reason', { decision: { ...decision(of), reasons: [] } }, 'has a reason'],
    ['an allowed run', { decision: { ...decision(of), allow: true } }, 'audit.rule'],
    [
      'an allowed run, hidden',
      { decision: { ...decision(of), allow: true, rule: 'nightly-main' }, audit: undefined as never },
      'needs no audit mode',
    ],
    [
      'nothing said of the mode',
      { decision: { allow: false, rule: null, reasons: [] }, audit: undefined as never, status: 'denied' },
      'contradict',
    ],
    ...NEVER_AUDITED.map((code): [string, Partial<DbtRunPredicate>, string] => [
      code,
      { decision: { ...decision(of), reasons: [{ code, claim: '', expected: '', actual: '' }] } },
      `fails ${code}`,
    ]),
  ])('contradict in audit mode: %s', (_, change, message) => {
    expect(() => checkExceptions({ ...of, ...change })).toThrow(message);
  });

  const glass = emergency();
  const used = glass.breakGlass ?? { rule: '', reason: '', expires: '', actor: '', actorId: '' };
  it.each<[string, Partial<DbtRunPredicate>, string]>([
    ['hidden', { breakGlass: undefined as never }, 'breakGlass'],
    ['another reason', { breakGlass: { ...used, reason: 'other' } }, 'breakGlass'],
    ['another end', { breakGlass: { ...used, expires: '2027-01-01T00:00:00Z' } }, 'breakGlass'],
    ['another person', { breakGlass: { ...used, actor: 'mallory' } }, 'breakGlass'],
    ['another account', { breakGlass: { ...used, actorId: '1' } }, 'breakGlass'],
    ['another rule', { breakGlass: { ...used, rule: 'other' } }, 'breakGlass'],
    ['a run that was not allowed', { decision: { ...decision(glass), allow: false } }, 'of allowed runs'],
    ['a rule that was over', { startedAt: '2026-11-20T08:00:00Z' }, 'was over'],
    ['no notice of it', { decision: { ...decision(glass), notices: [] } }, 'the notice of it'],
    ['made up', { decision: { allow: true, rule: 'nightly-main', reasons: [] } }, 'breakGlass'],
  ])('contradict for break-glass: %s', (_, change, message) => {
    expect(() => checkExceptions({ ...glass, ...change })).toThrow(message);
  });
});

describe('the status of a run that audit mode let go on', () => {
  it.each(Object.entries(AUDITED_RECORDS))('%s, and the record agrees', (status, record) => {
    const predicate = buildPredicate(record());
    expect(predicate.status).toBe(status);
    expect(predicate.audit === undefined).toBe(status === 'denied');
    expect(checkStatus(predicate)).toContain('agrees');
    expect(() => checkCredentials(predicate)).not.toThrow();
  });

  it.each(['succeeded', 'failed', 'cancelled', 'dry-run', 'auth-only'])(
    '%s cannot be called denied',
    (status) => {
      const predicate = buildPredicate((AUDITED_RECORDS[status] ?? auditedRecord)());
      const { audit, ...rest } = predicate;
      expect(audit).toBeDefined();
      expect(() => checkStatus({ ...rest, status: 'denied' })).toThrow('contradicts');
    },
  );

  it('a run that the mode stopped cannot be called one that went on', () => {
    const predicate = buildPredicate(stoppedRecord());
    expect(predicate.status).toBe('denied');
    for (const status of ['succeeded', 'failed', 'dry-run'] as const)
      expect(() => checkStatus({ ...predicate, status, mode: 'run' }), status).toThrow('contradicts');
  });
});

describe('the credentials of a run that audit mode let go on', () => {
  it('are those of its job, and never issued ones', () => {
    const predicate = audited();
    expect(checkCredentials(predicate)).toContain('AMBIENT');
    for (const credentials of [[credential(0, 5)], [...predicate.credentials, credential(0, 5)]]) {
      const { credentialSource, ...rest } = predicate;
      expect(() => checkCredentials({ ...rest, credentials })).toThrow('was not allowed');
    }
  });

  it('ambient ones are no way round a denial that stopped the run', () => {
    const predicate = buildPredicate(ambientRecord());
    expect(() =>
      checkCredentials({ ...predicate, decision: { allow: false, rule: null, reasons: [] } }),
    ).toThrow('was not allowed');
  });
});

describe('verify', () => {
  const key = p256Key();
  const sign = keySigner(key.secret);
  const verify = (files: Files, expected: Expectations = {}) =>
    verifyEvidence(files, { kind: 'key', pem: key.publicPem }, expected);
  const withEvents = (record: EvidenceRecord) => {
    record.keep('events', [{ eventType: 'COMPLETE' }]);
    return record;
  };
  const failed = async (files: Files, expected: Expectations = {}) => {
    const verdict = await verify(files, expected);
    const names = verdict.checks.filter(({ result }) => result === 'failed').map(({ name }) => name);
    return [exitCode(verdict), ...names];
  };

  it('does not take it for the expected run, unless that is asked for', async () => {
    const files = await sealed(withEvents(auditedRecord()), sign);
    expect(await failed(files)).toEqual([3, 'expected-decision']);
    const { checks } = await verify(files);
    expect(checks.find(({ name }) => name === 'expected-decision')?.detail).toContain(
      'accept that with --expect-decision audited',
    );
    expect(await failed(files, { status: 'succeeded' })).toEqual([3, 'expected-decision']);
    expect(await failed(files, { decision: 'audited' })).toEqual([0]);
    expect(await failed(files, { decision: 'allowed' })).toEqual([3, 'expected-decision']);
    expect(await failed(files, { decision: 'denied' })).toEqual([3, 'expected-decision']);
  });

  it.each(['failed', 'cancelled', 'dry-run', 'auth-only'] as const)(
    'nor for another run that is expected: %s',
    async (status) => {
      const files = await sealed((AUDITED_RECORDS[status] ?? auditedRecord)(), sign);
      expect(await failed(files, { status })).toEqual([3, 'expected-decision']);
      expect(await failed(files, { status, decision: 'audited' })).toEqual([0]);
    },
  );

  it('takes a run that was denied in the end for a denied one', async () => {
    const files = await sealed((AUDITED_RECORDS['denied'] ?? auditedRecord)(), sign);
    expect(await failed(files, { status: 'denied' })).toEqual([0]);
    expect(await failed(files, { status: 'denied', decision: 'denied' })).toEqual([0]);
    expect(await failed(files, { status: 'denied', decision: 'audited' })).toEqual([3, 'expected-decision']);
  });

  /** With the digest of its policy, or of another one. */
  async function emergencyRun(bytes?: Uint8Array): Promise<EvidenceRecord> {
    const record = withEvents(breakGlassRecord());
    const policy = { ...record.known('policy'), ...(bytes && { bytes }) };
    const policySha256 = await sha256(policy.bytes);
    record.keep('policy', { ...policy, sha256: policySha256 });
    record.keep('decision', { ...record.known('decision'), policySha256 });
    return record;
  }

  it('refuses break-glass that only the policy or only the record knows', async () => {
    const { bytes: glass } = breakGlassRecord().known('policy');
    expect(await failed(await sealed(await emergencyRun(loadedPolicy().bytes), sign))).toEqual([
      1,
      'policy-file',
    ]);
    const hidden = await emergencyRun(glass);
    const { breakGlass, notices, ...decision } = hidden.known('decision');
    expect([breakGlass, notices]).not.toContain(undefined);
    hidden.keep('decision', decision);
    expect(await failed(await sealed(hidden, sign))).toEqual([1, 'policy-file']);
    const later = bytes(text(glass).replace('08:00', '09:00'));
    expect(await failed(await sealed(await emergencyRun(later), sign))).toEqual([1, 'policy-file']);
  });

  it('refuses a rule that the policy does not have', async () => {
    const made = await emergencyRun(bytes('rules: [{ id: other }]\n'));
    expect(await failed(await sealed(made, sign))).toEqual([1, 'policy-file']);
  });

  it('takes break-glass for an allowed run, unless a rule for every day is asked for', async () => {
    const files = await sealed(await emergencyRun(), sign);
    expect(await failed(files)).toEqual([0]);
    expect(await failed(files, { decision: 'break-glass' })).toEqual([0]);
    expect(await failed(files, { decision: 'allowed' })).toEqual([3, 'expected-decision']);
  });

  it.each([
    ['is enforced', 'version: "1"\nrules:\n  - { id: nightly-main }\n'],
    ['says so itself', 'version: "1"\nmode: enforce\nrules:\n  - { id: nightly-main }\n'],
    ['has no such rule', 'version: "1"\nmode: audit\nrules:\n  - { id: other }\n'],
    ['cannot be read', 'mode: audit\nmode: audit\n'],
    ['is no ASCII', 'mode: audit # \u00e9\n'],
  ])('holds it against the policy itself: one that %s', async (_, text) => {
    const record = withEvents(auditedRecord());
    const policy = { ...auditPolicy(), bytes: bytes(text), sha256: await sha256(bytes(text)) };
    record.keep('policy', policy);
    record.keep('decision', { ...AUDITED, policySha256: policy.sha256 });
    expect(await failed(await sealed(record, sign), { decision: 'audited' })).toEqual([1, 'policy-file']);
  });

  it.each<[string, () => EvidenceRecord, string, string]>([
    ['hides it', auditedRecord, '"audit":{"rule":"nightly-main","wouldHaveBeenDenied":true},', ''],
    [
      'names another who used break-glass',
      breakGlassRecord,
      '"actor":"dana-data","actorId"',
      '"actor":"x","actorId"',
    ],
  ])('X04 a signed record that %s is not authentic', async (_, build, from, to) => {
    const record = withEvents(build());
    const { bytes: policy } = record.known('policy');
    const digest = await sha256(policy);
    record.keep('policy', { ...record.known('policy'), sha256: digest });
    record.keep('decision', { ...record.known('decision'), policySha256: digest });
    const files = filesOf(record);
    const statement = text(await buildStatement(buildPredicate(record), files));
    const changed = statement.replace(from, to);
    expect(changed).not.toBe(statement);
    expect(await failed(await sealedText(changed, sign, files))).toEqual([1, 'exceptions']);
  });

  it('a policy in audit mode is not called an enforced one', async () => {
    const record = withEvents(succeededRecord());
    const policy = { ...loadedPolicy(), bytes: auditPolicy().bytes, sha256: auditPolicy().sha256 };
    record.keep('policy', policy);
    record.keep('decision', { ...ALLOWED, policySha256: policy.sha256 });
    expect(await failed(await sealed(record, sign))).toEqual([1, 'policy-file']);
  });

  it.each(['audit', 'notices', 'breakGlass'])('decision.json and the record agree on %s', async (field) => {
    const record = withEvents(field === 'audit' ? auditedRecord() : breakGlassRecord());
    const files = filesOf(record);
    const { [field as 'audit']: left, ...rest } = record.known('decision');
    expect(left).toBeDefined();
    files.set('decision.json', bytes(JSON.stringify(rest)));
    expect(await failed(await sealed(record, sign, files))).toContain('decision-file');
  });
});
