import { createHash, createPublicKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { keySigner } from '../../src/adapters/signing-key.ts';
import { PassportError } from '../../src/errors.ts';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import { BUNDLE_NAME } from '../../src/evidence/bundle.ts';
import type { EvidenceRecord } from '../../src/evidence/record.ts';
import { buildStatement } from '../../src/evidence/statement.ts';
import { exitCode, type Verdict } from '../../src/evidence/verdict.ts';
import { verifyEvidence } from '../../src/evidence/verify.ts';
import { sha256 } from '../../src/sha256.ts';
import { authOnlyRecord } from '../support/credential-records.ts';
import {
  bytes,
  ed25519Key,
  type Files,
  filesOf,
  p256Key,
  sealed,
  sealedText,
  text,
  trueRecord,
} from '../support/evidence.ts';
import {
  ALLOWED,
  cancelledRecord,
  deniedRecord,
  dryRunRecord,
  failedRecord,
  identity,
  loadedPolicy,
  PLAN,
  startedRecord,
} from '../support/records.ts';

const key = p256Key();
const sign = keySigner(key.secret);
const trust = { kind: 'key', pem: key.publicPem } as const;
const verify = (files: Files, expected = {}) => verifyEvidence(files, trust, expected);
/** As `openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64` gives it. */
const keyId = (pem: string) =>
  createHash('sha256')
    .update(createPublicKey(pem).export({ type: 'spki', format: 'der' }))
    .digest('base64');
const failures = (verdict: Verdict) =>
  verdict.checks.filter((check) => check.result === 'failed').map((check) => check.name);

let files: Files;
let statement: string;
beforeAll(async () => {
  const record = await trueRecord();
  files = await sealed(record, sign);
  statement = text(await buildStatement(buildPredicate(record), filesOf(record)));
});

/** Verifies a copy of the good artifact after a change. */
async function changed(change: (copy: Files) => void): Promise<Verdict> {
  const copy = new Map(files);
  change(copy);
  return verify(copy);
}

/** Verifies a false statement that the trusted key really signed. */
async function falsely(change: (statement: string) => string, from = filesOfGood()): Promise<Verdict> {
  const false_ = change(statement);
  expect(false_).not.toBe(statement);
  return verify(await sealedText(false_, sign, from));
}

function filesOfGood(): Files {
  const copy = new Map(files);
  copy.delete(BUNDLE_NAME);
  return copy;
}

/** Edits the bundle as JSON. */
function rebundled(
  edit: (bundle: Record<string, unknown> & { dsseEnvelope: Record<string, unknown> }) => void,
) {
  return (copy: Files) => {
    const bundle = JSON.parse(text(copy.get(BUNDLE_NAME)));
    edit(bundle);
    copy.set(BUNDLE_NAME, bytes(JSON.stringify(bundle)));
  };
}

describe('evidence that was signed with a pinned key', () => {
  it.each([
    ['ECDSA P-256', p256Key()],
    ['ed25519', ed25519Key()],
  ])('%s: signed, verified, as expected', async (_, pair) => {
    const good = await sealed(await trueRecord(), keySigner(pair.secret));
    const verdict = await verifyEvidence(good, { kind: 'key', pem: pair.publicPem }, {});
    expect(failures(verdict)).toEqual([]);
    expect(verdict).toMatchObject({ authentic: true, matches: true });
    expect(exitCode(verdict)).toBe(0);
    expect(verdict.predicate?.status).toBe('succeeded');
  });

  it('says what a key alone does not prove', async () => {
    const { checks } = await verify(files);
    const names = checks.filter((check) => check.result === 'not-certified').map((check) => check.name);
    expect(names).toEqual(['time', 'certificate-claims']);
  });

  it('accepts what was expected and answers 3 to what was not', async () => {
    const expected = { repository: 'acme/jaffle-shop', repositoryId: '704512345', environment: 'production' };
    expect(exitCode(await verify(files, expected))).toBe(0);
    for (const [name, value] of Object.entries({
      repository: 'acme/jaffle-shop-2',
      repositoryId: '1',
      environment: 'prod',
      policySha256: '0'.repeat(64),
      status: 'failed',
      credentials: 'federated',
    })) {
      const verdict = await verify(files, { [name]: value });
      expect([name, exitCode(verdict)]).toEqual([name, 3]);
      expect(verdict.authentic).toBe(true);
    }
  });
});

describe('X03: tampering with the artifact', () => {
  it('X03 a subject was changed', async () => {
    const verdict = await changed((copy) => copy.set('dbt/1-build/manifest.json', bytes('{}')));
    expect(failures(verdict)).toContain('subjects');
    expect(exitCode(verdict)).toBe(1);
    expect(verdict.predicate).toBeNull();
  });

  it('X03 a subject is missing', async () => {
    expect(failures(await changed((copy) => copy.delete('policy.yml')))).toContain('subjects');
  });

  it('X03 a file was added', async () => {
    expect(failures(await changed((copy) => copy.set('extra.txt', bytes('x'))))).toEqual(['no-extra-files']);
  });

  it('X03 unsigned: the bundle is missing', async () => {
    expect(failures(await changed((copy) => copy.delete(BUNDLE_NAME)))).toEqual(['bundle']);
  });

  it('X03 bundle of another run by the same key', async () => {
    const record = await trueRecord({ run_id: '1', jti: 'other' });
    const other = await sealed(record, sign, new Map([['report.html', bytes('another')]]));
    const verdict = await changed((copy) => copy.set(BUNDLE_NAME, other.get(BUNDLE_NAME) ?? bytes('')));
    expect(failures(verdict)).toContain('subjects');
  });

  it('X03 signed by another key', async () => {
    const record = await trueRecord();
    const { publicPem, secret } = p256Key();
    const verdict = await verify(await sealed(record, keySigner(secret)));
    expect(failures(verdict)).toEqual(['signature']);
    expect(verdict.checks.find(({ name }) => name === 'signature')?.detail).toBe(
      `signed with another key: its id is ${keyId(publicPem)}, the pinned key's is ${keyId(key.publicPem)}`,
    );
  });

  it('the key id in the bundle decides nothing: neither another one, nor the pinned one with another signature', async () => {
    const named = (hint: string) =>
      rebundled((bundle) => {
        const material = bundle['verificationMaterial'] as Record<string, unknown>;
        material['publicKey'] = { hint };
      });
    expect(failures(await changed(named(keyId(p256Key().publicPem))))).toEqual([]);
    const other = new Map(await sealed(await trueRecord(), keySigner(p256Key().secret)));
    named(keyId(key.publicPem))(other);
    const verdict = await verify(other);
    expect(failures(verdict)).toEqual(['signature']);
    expect(verdict.checks.find(({ name }) => name === 'signature')?.detail).not.toContain('another key');
  });

  it('X03 the payload was changed after signing', async () => {
    const edit = rebundled(({ dsseEnvelope }) => {
      dsseEnvelope['payload'] = btoa(statement.replace('acme/jaffle-shop', 'evil/jaffle-shop'));
    });
    expect(failures(await changed(edit))).toEqual(['signature']);
  });

  it('X03 canonicalisation: an equal number in other digits is another payload', async () => {
    const edit = rebundled(({ dsseEnvelope }) => {
      dsseEnvelope['payload'] = btoa(statement.replace('"exitCode":0', '"exitCode":0.0'));
    });
    expect(failures(await changed(edit))).toEqual(['signature']);
  });

  it('X03 canonicalisation: an escaped character is another payload', async () => {
    const edit = rebundled(({ dsseEnvelope }) => {
      dsseEnvelope['payload'] = btoa(statement.replace('"acme/', '"\\u0061cme/'));
    });
    expect(failures(await changed(edit))).toEqual(['signature']);
  });

  it('X03 the payload type was changed', async () => {
    const edit = rebundled(({ dsseEnvelope }) => {
      dsseEnvelope['payloadType'] = 'application/json';
    });
    expect(failures(await changed(edit))).toEqual(['bundle']);
  });

  it('X03 a second signature was added', async () => {
    const edit = rebundled(({ dsseEnvelope }) => {
      const [first] = dsseEnvelope['signatures'] as unknown[];
      dsseEnvelope['signatures'] = [first, first];
    });
    expect(failures(await changed(edit))).toEqual(['bundle']);
  });

  it('X03 no signature is left', async () => {
    const edit = rebundled(({ dsseEnvelope }) => {
      dsseEnvelope['signatures'] = [];
    });
    expect(failures(await changed(edit))).toEqual(['bundle']);
  });

  it('X03 duplicate keys in the bundle', async () => {
    const verdict = await changed((copy) => {
      const twice = text(copy.get(BUNDLE_NAME)).replace(
        '"dsseEnvelope":',
        '"dsseEnvelope":{},"dsseEnvelope":',
      );
      copy.set(BUNDLE_NAME, bytes(twice));
    });
    expect(failures(verdict)).toEqual(['bundle']);
  });

  it('X03 duplicate keys in a statement that the key signed', async () => {
    const verdict = await falsely((all) => all.replace('"status":', '"status":"failed","status":'));
    expect(failures(verdict)).toEqual(['statement']);
  });

  it.each([
    [
      'another statement type',
      (all: string) => all.replace('in-toto.io/Statement/v1', 'in-toto.io/Statement/v2'),
    ],
    ['an unknown major version', (all: string) => all.replace('/dbt-run/v1', '/dbt-run/v2')],
    ['another shape', (all: string) => all.replace('"credentials":[]', '"credentials":{}')],
    ['a status that does not exist', (all: string) => all.replace('"status":"succeeded"', '"status":"fine"')],
    ['a digest that is not one', (all: string) => all.replace(/"sha256":"[0-9a-f]{64}"/, '"sha256":"abc"')],
    ['a byte order mark', (all: string) => `\ufeff${all}`],
  ])('X03 a signed statement of %s', async (_, change) => {
    expect(failures(await falsely(change))).toEqual(['statement']);
  });

  it('X03 the same subject twice', async () => {
    const verdict = await falsely((all) => all.replace(/"subject":\[(\{.*?\}\})/, '"subject":[$1,$1'));
    expect(failures(verdict)).toEqual(['subjects']);
  });

  it('X03 a statement about no file at all', async () => {
    const verdict = await falsely((all) => all.replace(/"subject":\[.*?\}\}\]/, '"subject":[]'));
    expect(failures(verdict)).toContain('subjects');
  });

  it('X03 a file whose name leaves the folder, though it is signed', async () => {
    const verdict = await falsely(
      (all) => all.replaceAll('"report.html"', '"../report.html"'),
      new Map([...filesOfGood(), ['../report.html', bytes('<!doctype html>')]]),
    );
    expect(failures(verdict)).toContain('names');
  });

  it('a field that a later minor version added is ignored', async () => {
    const verdict = await falsely((all) => all.replace('"status":', '"later":1,"status":'));
    expect(failures(verdict)).toEqual([]);
  });

  it('X03 valid signature, wrong repository id', async () => {
    const record = await trueRecord({ repository_id: '999' });
    const verdict = await verify(await sealed(record, sign), { repositoryId: '704512345' });
    expect(failures(verdict)).toEqual(['expected-repository-id']);
    expect(exitCode(verdict)).toBe(3);
  });
});

describe('X04: a run that did not succeed, presented as success', () => {
  it.each([
    ['denied', deniedRecord()],
    ['failed', failedRecord()],
    ['cancelled', cancelledRecord()],
    ['dry-run', dryRunRecord()],
    ['auth-only', authOnlyRecord()],
  ])('X04 %s: authentic, but not the run that was expected', async (status, record) => {
    const good = await trueRecord();
    const { policy, decision } = good.facts;
    if (policy === undefined || decision === undefined) throw new Error('the example has a policy');
    record.keep('policy', policy);
    const own = record.facts.decision ?? decision;
    record.keep('decision', { ...own, policySha256: policy.sha256 });
    const { ref, eventName } = record.context;
    record.keep('identity', identity({ ref, event_name: eventName }));
    const evidence = await sealed(record, sign);
    const verdict = await verify(evidence);
    expect(failures(verdict)).toEqual(['expected-status']);
    expect(exitCode(verdict)).toBe(3);
    expect(exitCode(await verify(evidence, { status }))).toBe(0);
  });

  it.each([
    ['denied with allow true', '"status":"succeeded"', '"status":"denied"'],
    ['succeeded with allow false', '"allow":true', '"allow":false'],
    ['succeeded without a rule', '"rule":"nightly-main"', '"rule":null'],
    ['succeeded with an exit code', '"exitCode":0', '"exitCode":1'],
    [
      'succeeded with a failure',
      '"credentials":[',
      '"failure":{"code":"a","stage":"b","message":"c"},"credentials":[',
    ],
    ['failed without a failure', '"status":"succeeded"', '"status":"failed"'],
    ['succeeded although one command failed', '"exitCode":0,"signal"', '"exitCode":1,"signal"'],
    ['succeeded without a command', /"invocations":\[.*?\}\}\]/, '"invocations":[]'],
    ['succeeded without an identity', /"identity":\{.*?\}\},/, ''],
    ['succeeded without a plan', /"plan":\{.*?\},"cred/, '"cred'],
    [
      'cancelled after dbt ran, though it was denied',
      /"succeeded"(.*)"allow":true/,
      '"cancelled"$1"allow":false',
    ],
    ['dry-run that ran', '"status":"succeeded","mode":"run"', '"status":"dry-run","mode":"dry-run"'],
    ['auth-only that ran', '"status":"succeeded","mode":"run"', '"status":"auth-only","mode":"auth-only"'],
    ['succeeded as a dry run', '"mode":"run"', '"mode":"dry-run"'],
  ] as [string, string | RegExp, string][])('X04 signed contradiction: %s', async (_, from, to) => {
    expect(failures(await falsely((all) => all.replace(from, to)))).toContain('status');
  });

  it('X04 a plan that was refused is a denial, and counts as one', async () => {
    const record = plannedRecord();
    record.fail(new PassportError('ERR_DBT_SELECTION_FORBIDDEN', 'model.a.b is outside'));
    const evidence = await sealed(record, sign);
    expect(failures(await verify(evidence, { status: 'denied' }))).toEqual([]);
  });

  it('X04 a run that was refused because job and token differ is authentic; any other difference is not', async () => {
    const different = (code: 'ERR_CONTEXT_MISMATCH' | 'ERR_DBT_FAILED') => {
      const record = plannedRecord();
      record.keep('identity', identity({ run_id: '1' }));
      record.fail(new PassportError(code, 'stopped'));
      return sealed(record, sign);
    };
    expect(failures(await verify(await different('ERR_CONTEXT_MISMATCH'), { status: 'failed' }))).toEqual([]);
    expect(failures(await verify(await different('ERR_DBT_FAILED'), { status: 'failed' }))).toEqual([
      'run-claims',
    ]);
  });

  it.each([
    ['run', '"runId":"19182736455"', '"runId":"1"'],
    ['person', '"eventName":"schedule","actor":"dana-data"', '"eventName":"schedule","actor":"eve"'],
  ])('X04 the job says another %s than its token', async (_, from, to) => {
    const verdict = await falsely((all) => all.replace(from, to));
    expect(failures(verdict)).toEqual(['run-claims']);
  });
});

const policySha256 = await sha256(loadedPolicy().bytes);

/** Decided and planned with the true policy; not finished in any way yet. */
function plannedRecord(): EvidenceRecord {
  const record = startedRecord();
  record.keep('policy', { ...loadedPolicy(), sha256: policySha256 });
  record.keep('identity', identity());
  record.keep('decision', { ...ALLOWED, policySha256 });
  record.keep('plan', PLAN);
  record.finish(new Date('2026-11-20T06:00:41Z'));
  return record;
}

describe('a policy that was refused', () => {
  const askedPolicy = { reference: 'acme/policies/dbt.yml@main', demanded: {} };

  it('is named to the reviewer', async () => {
    const record = startedRecord();
    record.keep('askedPolicy', askedPolicy);
    record.fail(new PassportError('ERR_POLICY_UNTRUSTED', 'a branch', { reason: 'POLICY_REF' }));
    record.finish(new Date('2026-11-20T06:00:41Z'));
    const { checks, authentic } = await verify(await sealed(record, sign));
    expect([authentic, checks.find(({ name }) => name === 'policy-file')]).toEqual([
      true,
      {
        name: 'policy-file',
        result: 'ok',
        detail: 'no policy was loaded: acme/policies/dbt.yml@main was refused',
      },
    ]);
  });

  it('is not there beside one that was applied', async () => {
    const forged = JSON.parse(statement);
    forged.predicate.refusedPolicy = askedPolicy;
    const verdict = await verify(await sealedText(JSON.stringify(forged), sign, files));
    expect(failures(verdict)).toEqual(['policy-file']);
  });
});

describe('completeness: what the trusted key signed must be whole', () => {
  /** Signs the good record over files that were changed before signing. */
  async function over(change: (copy: Files) => void): Promise<string[]> {
    const record = await trueRecord();
    const before = filesOf(record);
    change(before);
    return failures(await verify(await sealed(record, sign, before)));
  }
  const results = 'dbt/1-build/run_results.json';

  it.each<[string, string, (copy: Files) => void]>([
    ['no policy', 'policy-file', (copy) => copy.delete('policy.yml')],
    ['another policy', 'policy-file', (copy) => copy.set('policy.yml', bytes('version: 2\n'))],
    ['no decision', 'decision-file', (copy) => copy.delete('decision.json')],
    ['another decision', 'decision-file', (copy) => replace(copy, 'decision.json', 'nightly-main', 'other')],
    [
      'the decision of another policy',
      'decision-file',
      (copy) => replace(copy, 'decision.json', policySha256, 'f'.repeat(64)),
    ],
    ['no lineage', 'lineage-file', (copy) => copy.delete('lineage.ndjson')],
    ['a lineage event more', 'lineage-file', (copy) => copy.set('lineage.ndjson', bytes('{}\n{}\n'))],
    ['lineage that is not JSON', 'lineage-file', (copy) => copy.set('lineage.ndjson', bytes('x\n'))],
    ['no manifest', 'dbt-files', (copy) => copy.delete('dbt/1-build/manifest.json')],
    ['no run results', 'dbt-files', (copy) => copy.delete(results)],
    [
      'run results of another invocation',
      'dbt-files',
      (copy) => replace(copy, results, '7c0e3d3e', '00000000'),
    ],
    [
      'a result less',
      'dbt-files',
      (copy) =>
        replace(copy, results, '{"unique_id":"seed.jaffle_shop.country_codes","status":"success"},', ''),
    ],
    [
      'FF-A1 results of a command that executes nothing',
      'dbt-files',
      (copy) => replace(copy, results, '"which":"build"', '"which":"compile"'),
    ],
    [
      'a result of another outcome',
      'dbt-files',
      (copy) => replace(copy, results, '"status":"success"', '"status":"error"'),
    ],
    [
      'artifacts of no recorded command',
      'dbt-files',
      (copy) => copy.set('dbt/2-run/manifest.json', bytes('{}')),
    ],
    ['no report', 'report-file', (copy) => copy.delete('report.html')],
  ])('%s', async (_, check, change) => {
    expect(await over(change)).toEqual([check]);
  });

  it('FF-A1 an older record counts as succeeded what was compiled, and still verifies', async () => {
    const older = filesOfGood();
    replace(older, results, '"which":"build"', '"which":"compile"');
    const forged = JSON.parse(text(await buildStatement(buildPredicate(await trueRecord()), older)));
    const [compiled] = forged.predicate.dbt.invocations;
    const sealedNow = async () =>
      failures(await verify(await sealedText(JSON.stringify(forged), sign, older)));
    expect(await sealedNow()).toEqual(['dbt-files']);
    delete compiled.executed;
    expect(await sealedNow()).toEqual([]);
    compiled.nodes.succeeded.pop();
    expect(await sealedNow()).toEqual(['dbt-files']);
  });

  it('a run that succeeded without lineage', async () => {
    const verdict = await falsely((all) => all.replace(/"lineage":\{.*?\}/, '"later":0'));
    expect(failures(verdict)).toEqual(['lineage-file']);
  });
});

function replace(copy: Files, name: string, from: string, to: string): void {
  const before = text(copy.get(name));
  expect(before).toContain(from);
  copy.set(name, bytes(before.replace(from, to)));
}
