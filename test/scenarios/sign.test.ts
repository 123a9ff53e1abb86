import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClaimOverrides } from '../support/claims.ts';
import type { PassportCall } from '../support/passport.ts';
import type { ActionResult } from '../support/runner.ts';
import { type Sigstore, startSigstore } from '../support/sigstore.ts';
import { zip } from '../support/zip.ts';
import { NO_DBT, REAL_DBT, stage } from './scenario.ts';
import { predicateOf, runCli, verifyArtifact } from './verify-artifact.ts';

const BUNDLE = 'dbt-evidence.sigstore.json';
const STATEMENT = 'dbt-evidence.statement.json';
const SIGN_FILE = 'octo-sec/workflows/.github/workflows/dbt-sign.yml@refs/tags/v1.4.0';
const SIGN_SHA = '5197000000000000000000000000000000000000';
/** What the job that signs has for itself: it has no environment, and its workflow file is another. */
const SIGN_JOB: ClaimOverrides = {
  environment: undefined,
  environment_node_id: undefined,
  job_workflow_ref: SIGN_FILE,
  job_workflow_sha: SIGN_SHA,
  check_run_id: '48123456999',
};
const FEATURE: ClaimOverrides = { ref: 'refs/heads/feature/x', ref_protected: 'false' };

const scene = stage({ project: 'small', lives: 'describe' });
let sigstore: Sigstore;
let folder = '';
/** A first job, which nothing changes: most tests begin with its artifact. */
let first: ActionResult;
beforeAll(async () => {
  sigstore = await startSigstore({ issuerUrl: scene.peers.issuer.issuer });
  folder = await mkdtemp(join(tmpdir(), 'sign-'));
  await writeFile(join(folder, 'root.json'), JSON.stringify(sigstore.trustedRoot));
  first = await record();
});
afterAll(async () => {
  await sigstore.close();
  await rm(folder, { recursive: true });
});

/** The first job: a record of a denied run, so that no dbt is needed. */
const record = (call: PassportCall = {}) =>
  scene.run({
    claims: FEATURE,
    ...call,
    inputs: { 'signing-key': '', signing: 'deferred', 'artifact-name': 'unsigned', ...call.inputs },
  });

type Artifact = { readonly id: string; readonly digest: string };
const artifactOf = ({ outputs }: ActionResult): Artifact => ({
  id: outputs.get('artifact-id') ?? '',
  digest: outputs.get('artifact-digest') ?? '',
});

const custom = () => ({
  'signing-key': '',
  signing: 'custom',
  'fulcio-url': sigstore.fulcioUrl,
  'rekor-url': sigstore.rekorUrl,
  'tsa-url': sigstore.tsaUrl,
});

/** The second job of the same run. */
const sign = ({ id, digest }: Artifact, call: PassportCall = {}) =>
  scene.run({
    ...call,
    claims: { ...FEATURE, ...SIGN_JOB, ...call.claims },
    github: { job: 'sign', ...call.github },
    inputs: {
      policy: '',
      dbt: '',
      mode: 'sign',
      'artifact-id': id,
      'artifact-digest': digest,
      ...custom(),
      ...call.inputs,
    },
  });

const trust = (identity = SIGN_FILE) => [
  ...['--trusted-root', join(folder, 'root.json'), '--issuer', scene.peers.issuer.issuer],
  ...['--identity', `https://github.com/${identity}`, '--expect-status', 'denied'],
];
const SEPARATE = ['--signed-by', 'separate-job'];

/** The files that a run uploaded. */
const filesOf = (run: ActionResult): Record<string, Uint8Array> => unzipSync(bytesOf(run));

function bytesOf(run: ActionResult): Uint8Array {
  const { id } = artifactOf(run);
  return [...scene.peers.artifacts.artifacts.values()].find((one) => one.id === id)?.bytes ?? Buffer.of();
}

function edited(files: Record<string, Uint8Array>, from: string, to: string): Uint8Array {
  const before = Buffer.from(files[STATEMENT] ?? '').toString();
  expect(before).toContain(from);
  return Buffer.from(before.replace(from, to));
}

const stored = () => [...scene.peers.artifacts.artifacts.keys()].sort();

/** Red, with this code and words; nothing was signed or stored, and no signing service was asked. */
async function expectRefused(
  signing: Parameters<typeof sign>,
  title: string,
  words: string | RegExp,
): Promise<void> {
  const before = { asked: sigstore.requests.length, stored: stored() };
  const run = await sign(...signing);
  expect(run.exitCode, run.stdout).toBe(1);
  const [annotation] = run.log.annotations.filter(({ level }) => level === 'error');
  expect(annotation?.title).toBe(title);
  expect(annotation?.message).toMatch(words);
  expect(annotation?.message).toContain('docs/troubleshooting.md#');
  expect(run.summary).toContain('## dbt-passport: evidence NOT signed');
  expect(run.outputs.get('status')).toBe('failed');
  expect(run.outputs.get('artifact-id')).toBeUndefined();
  expect({ asked: sigstore.requests.length, stored: stored() }).toEqual(before);
}

describe('a record that a separate job signs', () => {
  it('is left unsigned by the first job, says so, and verifies as unsigned', async () => {
    expect(first.outputs.get('status')).toBe('denied');
    expect(first.log.text).toContain('to be signed by another job of this run');
    expect(first.summary).toContain('It is **not signed yet**: another job of this run is to sign it');
    expect(first.summary).not.toContain('cli.js verify');
    expect(sigstore.requests).toEqual([]);
    const unsigned = await verifyArtifact(scene.peers, first, ...trust(), ...SEPARATE);
    expect(unsigned.names).toEqual([STATEMENT, 'decision.json', 'policy.yml', 'report.html']);
    expect(unsigned.exitCode).toBe(1);
    expect(unsigned.text).toContain(
      `${BUNDLE} is missing: the evidence is not signed; it waits for the signature of another job`,
    );
  });

  it('is signed without a certificate of the first job, uploaded anew, and verified offline', async () => {
    const { issuer, github } = scene.peers;
    const before = { github: github.requests.length, issuer: issuer.requests.length };
    const second = await sign(artifactOf(first));

    expect(second.exitCode, second.stdout).toBe(0);
    expect(second.outputs.get('status')).toBe('signed');
    expect(second.outputs.get('artifact-id')).not.toBe(first.outputs.get('artifact-id'));
    expect(second.summary).toContain('## dbt-passport: evidence signed');
    expect(second.summary).toContain(SIGN_FILE);
    // No policy, no checkout: nothing but the artifact, the token, its keys and the signing services.
    expect(github.requests.length).toBe(before.github);
    const requests = issuer.requests.slice(before.issuer);
    const audiences = requests.flatMap(({ query }) => query.get('audience') ?? []);
    expect(audiences).toEqual(['dbt-passport/sign', 'sigstore']);

    const signed = await verifyArtifact(scene.peers, second, ...trust(), ...SEPARATE);
    expect(signed.exitCode, signed.text).toBe(0);
    expect(signed.names).toEqual([BUNDLE, 'decision.json', 'policy.yml', 'report.html']);
    expect(signed.text).toMatch(
      new RegExp(`\\[ok\\] {5}signing-job +signed by a separate job: ${SIGN_FILE.replaceAll('.', '\\.')}\\n`),
    );
    expect(signed.text).toContain('the word of the job that was recorded: build signer, build signer commit');
    expect(predicateOf(signed).identity?.claims['environment']).toBe('production');

    // A reviewer who does not ask for a separate job refuses it, and one who does may demand its commit.
    const archive = join(folder, 'signed.zip');
    await writeFile(archive, bytesOf(second));
    const reviewed = (...more: string[]) => runCli(['verify', archive, ...more]);
    const strict = await reviewed(...trust());
    expect(strict.exitCode).toBe(1);
    expect(strict.text).toMatch(
      /\[FAILED\] certificate-claims +signed by a separate job: .*--signed-by separate-job/,
    );
    const demand = (...more: string[]) => reviewed(...trust(), ...SEPARATE, ...more);
    const json = await demand('--json');
    expect(JSON.parse(json.text).checks).toContainEqual({
      name: 'signing-job',
      result: 'ok',
      detail: `signed by a separate job: ${SIGN_FILE}`,
    });
    const dbtFile = 'octo-sec/workflows/.github/workflows/dbt.yml@refs/tags/v1.4.0';
    const met = await demand('--expect-signer-sha', SIGN_SHA, '--expect-workflow', dbtFile);
    expect(met.exitCode, met.text).toBe(0);
    expect((await demand('--expect-signer-sha', '0'.repeat(40))).exitCode).toBe(3);
    expect((await demand('--expect-workflow', dbtFile.replace('dbt.yml', 'other.yml'))).exitCode).toBe(3);
    const other = await reviewed(...trust(dbtFile), ...SEPARATE);
    expect(other.exitCode).toBe(1);
    expect(other.text).toContain('[FAILED] identity');
  });

  it('with a key that the first job never had', async () => {
    const inputs = { 'signing-key': scene.peers.key.privatePem, signing: 'key' };
    const keyed = await sign(artifactOf(first), {
      inputs: { ...inputs, 'fulcio-url': '', 'rekor-url': '', 'tsa-url': '' },
    });
    expect(keyed.exitCode, keyed.stdout).toBe(0);
    const signed = await verifyArtifact(scene.peers, keyed, '--expect-status', 'denied');
    expect(signed.exitCode, signed.text).toBe(0);
    expect((await runCli(['verify', '.', '--key', 'x', ...SEPARATE])).exitCode).toBe(2);
  });

  it.skipIf(!REAL_DBT)(`a run of dbt (${NO_DBT})`, async () => {
    const built = await record({ claims: {} });
    expect(built.outputs.get('status'), built.stdout).toBe('succeeded');
    const second = await sign(artifactOf(built), {
      claims: { ref: 'refs/heads/main', ref_protected: 'true' },
    });
    const expected = [...trust().slice(0, -2), ...SEPARATE, '--expect-environment', 'production'];
    const signed = await verifyArtifact(scene.peers, second, ...expected);
    expect(signed.exitCode, signed.text).toBe(0);
    expect(signed.names).toContain('dbt/1-build/run_results.json');
  });
});

it('nothing is left to another job on a server whose artifacts that job could not read', async () => {
  const run = await record({ github: { server_url: 'https://ghes.example.com' } });
  expect(run.exitCode).toBe(1);
  const [error] = run.log.annotations;
  expect(error?.title).toBe('ERR_INPUT_INVALID');
  expect(error?.message).toContain('how to sign here: another job cannot read artifacts of this server');
});

describe('X06 what the signing job refuses', () => {
  it('an artifact of another run', async () => {
    const call = { env: scene.peers.artifacts.otherRun };
    await expectRefused(
      [artifactOf(first), call],
      'ERR_ARTIFACT_UNAVAILABLE',
      /this run has 0 artifacts, and none of that id/,
    );
  });

  it('another digest than the first job was told, and bytes that are not those of the digest', async () => {
    const { digest } = artifactOf(first);
    const refusal = 'ERR_RECORD_REFUSED ARTIFACT_DIGEST';
    const other = { ...artifactOf(first), digest: `sha256:${'0'.repeat(64)}` };
    await expectRefused([other], refusal, `GitHub has ${digest}`);
    const served = scene.peers.artifacts.put('served', bytesOf(first));
    scene.peers.artifacts.serve(served.id, zipSync({ 'a.txt': Buffer.from('x') }));
    await expectRefused([served], refusal, `expected an archive of ${digest}, got sha256:`);
  });

  it('evidence that code in the first job changed: a file, a file more, another repository, a signature', async () => {
    const files = filesOf(first);
    const hostile: readonly (readonly [string, RegExp, Record<string, Uint8Array>])[] = [
      ['RECORD', /subjects: policy\.yml was changed/, { 'policy.yml': Buffer.from('version: 2\n') }],
      ['RECORD', /no-extra-files: not signed: extra\.txt/, { 'extra.txt': Buffer.from('x') }],
      [
        'OTHER_RUN',
        /repository_id is "999" in the record and "456789" in this job/,
        { [STATEMENT]: edited(files, '"repository_id":"456789"', '"repository_id":"999"') },
      ],
      ['ALREADY_SIGNED', /it is signed already/, { [BUNDLE]: Buffer.from('{}') }],
    ];
    for (const [reason, words, change] of hostile) {
      const artifact = scene.peers.artifacts.put(`changed ${words}`, zipSync({ ...files, ...change }));
      await expectRefused([artifact], `ERR_RECORD_REFUSED ${reason}`, words);
    }
  });

  it('a record of an earlier attempt', async () => {
    await expectRefused(
      [artifactOf(first), { claims: { run_attempt: '2' } }],
      'ERR_RECORD_REFUSED OTHER_RUN',
      /run_attempt is "1" in the record and "2" in this job/,
    );
  });

  it('a token of another run than its own job', async () => {
    const call = { claims: { run_id: '1' }, github: { run_id: '1746933707' } };
    await expectRefused(
      [artifactOf(first), call],
      'ERR_CONTEXT_MISMATCH',
      /run_id is "1746933707" in the job and "1" in the token/,
    );
  });

  it('an archive bomb, and a link in the archive', async () => {
    const refusal = 'ERR_RECORD_REFUSED ARTIFACT_ARCHIVE';
    const { artifacts } = scene.peers;
    const bomb = zip([{ name: 'a.txt', content: '0'.repeat(8_000_000), deflate: true }]);
    await expectRefused([artifacts.put('bomb', bomb)], refusal, /unpacks to far more than its size/);
    const link = zip([{ name: 'policy.yml', content: '/etc/passwd', mode: 0o120777 }]);
    await expectRefused([artifacts.put('link', link)], refusal, /is a link or a device/);
  });

  it('to sign with a certificate that names the file in which dbt ran', async () => {
    const file = 'Octo-Sec/workflows/.github/workflows/dbt.yml@refs/heads/main';
    const call = { claims: { job_workflow_ref: file } };
    const words = /Sign in a reusable workflow of its own/;
    await expectRefused([artifactOf(first), call], 'ERR_RECORD_REFUSED SAME_FILE', words);
  });

  it('a denial that code in the first job made an allowed run', async () => {
    const { [STATEMENT]: left, ...files } = filesOf(first);
    const decision = JSON.parse(Buffer.from(files['decision.json'] ?? '').toString());
    const allowed = { ...decision, allow: true, rule: 'production', reasons: [] };
    files['decision.json'] = Buffer.from(JSON.stringify(allowed));
    const statement = JSON.parse(Buffer.from(left ?? '').toString());
    const { allow, rule, reasons } = allowed;
    Object.assign(statement.predicate, { status: 'failed', decision: { allow, rule, reasons } });
    statement.subject.find(({ name }: { name: string }) => name === 'decision.json').digest.sha256 =
      createHash('sha256').update(files['decision.json']).digest('hex');
    const forged = { ...files, [STATEMENT]: Buffer.from(JSON.stringify(statement)) };
    const artifact = scene.peers.artifacts.put('forged', zipSync(forged));
    const words = /a run that rule production allows, its policy makes it one that is denied/;
    await expectRefused([artifact], 'ERR_RECORD_REFUSED OTHER_DECISION', words);
  });

  it('to sign in the job that ran dbt, also with a key', async () => {
    const inputs = { 'signing-key': scene.peers.key.privatePem, signing: 'key' };
    const call = {
      claims: { check_run_id: '48123456789' },
      inputs: { ...inputs, 'fulcio-url': '', 'rekor-url': '', 'tsa-url': '' },
    };
    const words = /this is the job that ran dbt/;
    await expectRefused([artifactOf(first), call], 'ERR_RECORD_REFUSED SAME_JOB', words);
  });
});
