import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import { checkSameRun, RUN_CLAIMS, workflowFile } from '../../src/evidence/same-run.ts';
import { CLAIM_NAMES, type ClaimName, type Claims } from '../../src/identity/claims.ts';
import { trueRecord } from '../support/evidence.ts';
import { identity } from '../support/records.ts';

const RECORD = buildPredicate(await trueRecord());
const OWN: Claims = identity().claims;
const serverUrl = 'https://github.com';
const { triggeringActor } = RECORD.run;
const check = (claims: Claims, record = RECORD) =>
  checkSameRun(record, { claims, serverUrl, triggeringActor });
const changed = (name: ClaimName, value: unknown): Claims => new Map([...OWN, [name, value] as const]);

describe('a record and the job that is to sign it', () => {
  it('are of one run when every fact of the run is equal', () => {
    expect(() => check(OWN)).not.toThrow();
  });

  it('which facts are not of the run is a closed list', () => {
    expect(CLAIM_NAMES.filter((name) => !RUN_CLAIMS.includes(name)).sort()).toEqual(
      `aud check_run_id environment environment_node_id exp iat job_workflow_ref job_workflow_sha
      jti nbf ref_protected runner_environment sub`.split(/\s+/),
    );
  });

  it('any other value of any fact of the run is refused and named; what is of one job may differ', () => {
    const values = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.constant(undefined),
      fc.constant(null),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...CLAIM_NAMES), values, (name, value) => {
        fc.pre(OWN.get(name) !== value);
        if (RUN_CLAIMS.includes(name))
          expect(() => check(changed(name, value))).toThrow(new RegExp(`(^|; )${name} is `));
        else expect(() => check(changed(name, value))).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  it('a claim that the record leaves out is a difference', () => {
    const { identity: recorded } = RECORD;
    if (recorded === undefined) throw new Error('the example has an identity');
    const { actor_id: _, ...claims } = recorded.claims;
    expect(() => check(OWN, { ...RECORD, identity: { ...recorded, claims } })).toThrow(
      'actor_id is missing in the record and "5550123" in this job',
    );
  });

  it.each([
    ['repository', { repository: 'acme/other' }],
    ['run_id', { runId: '1' }],
    ['run_attempt', { runAttempt: '2' }],
    ['sha', { sha: '0'.repeat(40) }],
    ['ref', { ref: 'refs/heads/x' }],
    ['event_name', { eventName: 'push' }],
    ['actor', { actor: 'mallory' }],
    ['the server', { serverUrl: 'https://acme.ghe.com' }],
  ])('what the job said of itself counts as well: %s', (name, lie) => {
    const run = { ...RECORD.run, ...lie };
    expect(() => check(OWN, { ...RECORD, run })).toThrow(`${name} is`);
    const { identity: _, ...unverified } = RECORD;
    expect(() => check(OWN, unverified)).not.toThrow();
    expect(() => check(OWN, { ...unverified, run })).toThrow(`${name} is`);
  });

  it('FF-A17 whoever started the attempt is the same in the job that signs, where its server says it', () => {
    const job = (by: string) => ({ claims: OWN, serverUrl, triggeringActor: by });
    expect(() => checkSameRun(RECORD, job('mallory'))).toThrow(
      'the attempt was started by "dana-data" in the record and "mallory" in this job',
    );
    expect(() => checkSameRun(RECORD, job(''))).not.toThrow();
    const { people } = RECORD;
    if (people === undefined) throw new Error('the example has people');
    const attemptBy = { basis: 'github-api', login: 'bob', id: '42', kind: 'human' } as const;
    expect(() => checkSameRun({ ...RECORD, people: { ...people, attemptBy } }, job('dana-data'))).toThrow(
      '"bob"',
    );
  });

  it('says all that differs, each once', () => {
    const claims = new Map([...OWN, ['sha', 'x'] as const, ['ref', 'y'] as const]);
    expect(() => check(claims)).toThrow(
      /^ref is "refs\/heads\/main" in the record and "y" in this job; sha is [^;]*$/,
    );
  });

  it('a workflow file is the same at any ref and in any letters', () => {
    expect(workflowFile('Acme/wf/.github/workflows/Sign.yml@refs/tags/v1')).toBe(
      'acme/wf/.github/workflows/sign.yml',
    );
  });
});
