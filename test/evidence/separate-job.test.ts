import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import { checkCertificate, signerSha } from '../../src/evidence/certificate.ts';
import type { DbtRunPredicate } from '../../src/evidence/predicate.ts';
import type { SigningJob } from '../../src/evidence/trust.ts';
import { Checklist } from '../../src/evidence/verdict.ts';
import { certifiedSigner, extensionsOfClaims } from '../support/certified.ts';
import { trueRecord } from '../support/evidence.ts';
import { identity } from '../support/records.ts';

const DBT_FILE = 'octo-sec/workflows/.github/workflows/dbt.yml@refs/tags/v1';
const SIGN_FILE = 'octo-sec/workflows/.github/workflows/dbt-sign.yml@refs/tags/v1';
const SIGN_SHA = '5197'.padEnd(40, '0');

const RECORDED = Object.fromEntries(identity({ job_workflow_ref: DBT_FILE }).claims);
const RECORD = buildPredicate(await trueRecord(RECORDED));
/** The job that signs: same run, another file, no environment. */
const SIGNING = {
  ...RECORDED,
  job_workflow_ref: SIGN_FILE,
  job_workflow_sha: SIGN_SHA,
  environment: undefined,
  sub: 'repo:acme/jaffle-shop:ref:refs/heads/main',
};
/** Extensions that are of one job only. */
const OF_THE_JOB = [9, 10, 11, 23, 24];
const EXTENSIONS = [...extensionsOfClaims(SIGNING).keys()];

/** What is wrong, or undefined. */
function fault(
  extensions: ReadonlyMap<number, string>,
  signedBy?: SigningJob,
  record: DbtRunPredicate = RECORD,
): string | undefined {
  return checks(extensions, signedBy, record).find(({ result }) => result === 'failed')?.detail;
}

function checks(extensions: ReadonlyMap<number, string>, signedBy?: SigningJob, record = RECORD) {
  const list = new Checklist();
  checkCertificate(list, certifiedSigner(extensions), record, signedBy);
  return list.checks;
}

const changed = (claims: Readonly<Record<string, unknown>>, ...[number, text]: [number, string]) =>
  new Map([...extensionsOfClaims(claims), [number, text] as const]);
const without = (claims: Readonly<Record<string, unknown>>, number: number) =>
  new Map([...extensionsOfClaims(claims)].filter(([other]) => other !== number));

describe('a certificate of a separate job of the same run', () => {
  it('is accepted when it is asked for, and says which workflow signed', () => {
    const made = checks(extensionsOfClaims(SIGNING), 'separate-job');
    expect(made.map(({ name, result, detail }) => [name, result, detail])).toEqual([
      ['certificate-claims', 'ok', '12 claims are in the certificate'],
      ['signing-job', 'ok', `signed by a separate job: ${SIGN_FILE}`],
      [
        'certificate-claims',
        'not-certified',
        'the word of the job that was recorded: build signer, build signer commit, runner environment, environment, token subject, actor',
      ],
    ]);
    expect(signerSha(certifiedSigner(extensionsOfClaims(SIGNING)))).toBe(SIGN_SHA);
  });

  it('is refused when it is not asked for, which the message names', () => {
    const words = fault(extensionsOfClaims(SIGNING));
    expect(words).toContain(`signed by a separate job: ${SIGN_FILE}, the record is of ${DBT_FILE}`);
    expect(words).toContain('--signed-by separate-job');
  });

  it('any fact of the run that differs is refused; only the facts of one job may differ', () => {
    const cases = fc.tuple(fc.constantFrom(...EXTENSIONS), fc.stringMatching(/^[a-z0-9:/.@-]{1,40}$/));
    fc.assert(
      fc.property(cases, ([number, text]) => {
        const certificate = changed(SIGNING, number, number === 9 ? `https://github.com/${text}` : text);
        const words = fault(certificate, 'separate-job');
        if (OF_THE_JOB.includes(number)) expect(words).toBeUndefined();
        else expect(words).toMatch(/in the certificate: expected/);
      }),
      { numRuns: 200 },
    );
  });

  it('the same holds for the record: no false fact of the run passes under a true certificate', () => {
    const claims = ['iss', 'repository', 'repository_id', 'repository_owner', 'repository_owner_id'];
    const run = ['repository_visibility', 'ref', 'sha', 'event_name', 'workflow_ref', 'workflow_sha'];
    for (const name of [...claims, ...run, 'run_id', 'run_attempt']) {
      const { identity: recorded } = RECORD;
      if (recorded === undefined) throw new Error('the example has an identity');
      const lie = { ...RECORD, identity: { ...recorded, claims: { ...recorded.claims, [name]: 'x/y' } } };
      expect(fault(extensionsOfClaims(SIGNING), 'separate-job', lie), name).toMatch(/in the certificate/);
    }
  });

  it.each([13, 15, 21, 9])(
    'one without the extension .%i does not say of which run or file it is',
    (number) => {
      expect(fault(without(SIGNING, number), 'separate-job')).toMatch(/does not say|names no workflow/);
    },
  );

  it('another extension that is missing is reported', () => {
    const [, , last] = checks(without(SIGNING, 18), 'separate-job');
    expect(last?.detail).toContain('workflow,');
    expect(fault(without(SIGNING, 18), 'separate-job')).toBeUndefined();
  });

  it.each([
    ['the same file', DBT_FILE],
    ['the same file at another ref', DBT_FILE.replace('v1', 'v2')],
    ['the same file in other letters', DBT_FILE.replace('octo-sec', 'Octo-Sec')],
  ])('%s is no separate job', (_, job_workflow_ref) => {
    const certificate = extensionsOfClaims({ ...SIGNING, job_workflow_ref });
    expect(fault(certificate, 'separate-job')).toContain('expected the signature of a separate job');
  });

  it('a record without a verified token: the run that the job said of itself is compared', () => {
    const { identity: _, ...rest } = RECORD;
    expect(fault(extensionsOfClaims(SIGNING), 'separate-job', rest)).toBeUndefined();
    for (const number of [12, 13, 14, 20, 21])
      expect(fault(changed(SIGNING, number, 'other'), 'separate-job', rest), String(number)).toBeDefined();
  });
});

describe('a certificate of the job itself', () => {
  it('is valid as ever, and says so', () => {
    const made = checks(extensionsOfClaims(RECORDED));
    expect(made[0]?.detail).toBe('17 claims are in the certificate');
    expect(made[1]).toEqual({ name: 'signing-job', result: 'ok', detail: 'signed by the job itself' });
  });

  it('every extension that differs is refused', () => {
    for (const number of EXTENSIONS)
      expect(fault(changed(RECORDED, number, 'x')), String(number)).toBeDefined();
  });

  it('is no separate job', () => {
    expect(fault(extensionsOfClaims(RECORDED), 'separate-job')).toBeDefined();
  });
});
