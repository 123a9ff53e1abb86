import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { getInput } from '@actions/core';
import { downloadArtifact } from './adapters/artifact-download.ts';
import { githubArtifactStore, hasArtifactService } from './adapters/artifact-store.ts';
import { checkoutReader } from './adapters/checkout.ts';
import { clouds } from './adapters/clouds.ts';
import { readCredentialFiles } from './adapters/credential-files.ts';
import { openDbt } from './adapters/dbt-session.ts';
import { evidenceFolder } from './adapters/evidence-folder.ts';
import { githubIdToken } from './adapters/github-oidc.ts';
import { issuerJwks } from './adapters/jwks.ts';
import { githubPolicyStore } from './adapters/policy-store.ts';
import { projectFile } from './adapters/project-file.ts';
import { type ProjectFolder, projectFolder } from './adapters/project-folder.ts';
import { githubRunner, type Runner } from './adapters/runner.ts';
import { signerFor } from './adapters/signer.ts';
import { openVault } from './adapters/vault.ts';
import { githubAttempt } from './adapters/workflow-attempt.ts';
import { readEndpoints } from './credentials/endpoints.ts';
import { emptySelections } from './dbt/plan.ts';
import { sourceLine } from './dbt/source-line.ts';
import { refuseUnsafeEnvironment } from './environment-safety.ts';
import { asPassportError, type Place, placeIn } from './errors.ts';
import type { Conclusion } from './evidence/conclude.ts';
import type { EvidenceRecord } from './evidence/record.ts';
import { remarksOf } from './evidence/remarks.ts';
import { refusedSummary, signedSummary } from './evidence/signed-summary.ts';
import { freshnessNotes } from './evidence/source-freshness.ts';
import { renderSummary } from './evidence/summary.ts';
import { warehouseNotes, warehouseWarning } from './evidence/warehouse-notes.ts';
import { issuerOf } from './identity/issuer.ts';
import { type Inputs, invalid, readInputs, SIGN_MODE } from './inputs.ts';
import { type Job, jobOf } from './job.ts';
import { exitCodeOf, OUTPUT_NAMES, outputsOf, SIGN_OUTPUT_NAMES, signedOutputs } from './outputs.ts';
import { passport } from './pipeline.ts';
import { denialText } from './policy/explain.ts';
import type { Ports } from './ports.ts';
import { Secret } from './secret.ts';
import { signEvidence } from './sign-evidence.ts';
import { readSignInputs } from './sign-inputs.ts';

const env = process.env;
/** Set by the tests and the demo, by no input: their issuer and API are on this machine. */
const allowLoopback = env['DBT_PASSPORT_LOOPBACK'] === 'true';

/** The runner cancels a job with SIGINT and, 7.5 s later, SIGTERM: dbt gets both, and the record is still written. */
const cancellation = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => cancellation.abort(name));

function onSignal(listener: (name: 'SIGINT' | 'SIGTERM') => void): () => void {
  const names = ['SIGINT', 'SIGTERM'] as const;
  for (const name of names) process.on(name, listener);
  return () => {
    for (const name of names) process.off(name, listener);
  };
}

async function main(runner: Runner): Promise<number> {
  const inputs = readInputs(getInput);
  for (const secret of [inputs.policyToken, inputs.githubToken, inputs.signingKey])
    if (secret !== undefined) runner.mask(secret);
  const job = jobOf(env);
  if (inputs.signing === 'deferred' && !hasArtifactService(job.context.serverUrl))
    throw invalid(
      'signing',
      'how to sign here: another job cannot read artifacts of this server',
      'deferred',
    );
  tellEnvironment(job, runner);
  const project = await projectFolder(env['GITHUB_WORKSPACE'] ?? process.cwd(), inputs.projectDir);
  const request = {
    inputs,
    job,
    project,
    traceparent: env['TRACEPARENT'],
    nonce: randomBytes(4).toString('hex'),
    allowLoopback,
    endpoints: allowLoopback ? readEndpoints(env['DBT_PASSPORT_LOOPBACK_ENDPOINTS']) : {},
    environment: env,
    files: await readCredentialFiles(project, env['GOOGLE_APPLICATION_CREDENTIALS']),
  };
  const conclusion = await passport(request, portsFor(inputs, job, runner)).finally(() =>
    runner.foreign.end(),
  );
  await announce(conclusion, inputs, project, runner);
  if (inputs.signing === 'deferred' && conclusion.published !== null)
    runner.reporter.info('signature    none yet: to be signed by another job of this run');
  return exitCodeOf(conclusion);
}

function tellEnvironment(job: Job, runner: Runner): void {
  const host = { platform: process.platform, serverUrl: job.context.serverUrl };
  for (const { variable, effect } of refuseUnsafeEnvironment(env, host)) {
    // Whoever sits behind a proxy sits there in every run.
    runner.reporter.info(`environment  ${variable} ${effect}`);
  }
}

function portsFor(inputs: Inputs, job: Job, runner: Runner): Ports {
  const output = (chunk: Uint8Array) => runner.foreign.write(chunk);
  const mask = (value: string) => runner.mask(new Secret(value));
  const tempDir = env['RUNNER_TEMP'] ?? '';
  const { serverUrl, repository, runId } = job.context;
  const idToken = idTokens(job, mask);
  const { signing } = inputs;
  const clock = () => new Date();
  return {
    clock,
    policy: githubPolicyStore({
      token: inputs.policyToken,
      apiUrl: env['GITHUB_API_URL'] ?? '',
      repository,
      local: 'refuse',
    }),
    idToken,
    jwks: issuerJwks({ allowLoopback }),
    attempt: githubAttempt({ token: inputs.githubToken, apiUrl: env['GITHUB_API_URL'] ?? '' }),
    checkout: checkoutReader({ tempDir, searchPath: env['PATH'] ?? '' }),
    dbt: openDbt({ dbt: inputs.dbt, tempDir, output, onSignal, clock }),
    clouds,
    vault: () => openVault(tempDir, (problem) => runner.reporter.warning('Left behind', problem)),
    timing: { now: clock, sleep: (ms) => sleep(ms), random: Math.random },
    mask: (secret) => runner.mask(secret),
    evidenceFolder: () => evidenceFolder(tempDir),
    signer: signing === 'deferred' ? null : signerFor({ inputs: { ...inputs, signing }, serverUrl, idToken }),
    artifacts: githubArtifactStore({ serverUrl, repository, runId }, runner),
    say: (line) => runner.reporter.info(line),
    warn: (message) => runner.reporter.warning('Credentials', message),
    cancelled: cancellation.signal,
  };
}

function idTokens({ context }: Job, mask: (value: string) => void): Ports['idToken'] {
  return (issuer) =>
    githubIdToken({
      requestUrl: env['ACTIONS_ID_TOKEN_REQUEST_URL'],
      requestToken: env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'],
      issuer: issuer || issuerOf(context.serverUrl),
      mask,
      allowLoopback,
    });
}

/** `mode: sign`: signs what another job of this run has left. */
async function sign(runner: Runner): Promise<number> {
  const inputs = readSignInputs(getInput);
  for (const secret of [inputs.policyToken, inputs.githubToken, inputs.signingKey])
    if (secret !== undefined) runner.mask(secret);
  const job = jobOf(env);
  tellEnvironment(job, runner);
  const tempDir = env['RUNNER_TEMP'] ?? '';
  const { serverUrl, repository, runId } = job.context;
  const idToken = idTokens(job, (value) => runner.mask(new Secret(value)));
  const nonce = randomBytes(4).toString('hex');
  const signed = await signEvidence(
    { inputs, job, nonce, allowLoopback },
    {
      clock: () => new Date(),
      idToken,
      jwks: issuerJwks({ allowLoopback }),
      download: (artifact) => downloadArtifact(artifact, { serverUrl, tempDir }, runner),
      signer: signerFor({ inputs, serverUrl, idToken }),
      evidenceFolder: () => evidenceFolder(tempDir),
      artifacts: githubArtifactStore({ serverUrl, repository, runId }, runner),
      say: (line) => runner.reporter.info(line),
    },
  );
  await runner.appendSummary(signedSummary(signed));
  const outputs = signedOutputs(signed);
  for (const name of SIGN_OUTPUT_NAMES) runner.setOutput(name, outputs[name]);
  return 0;
}

/** Tells the person and the later steps how it ended. */
async function announce(
  conclusion: Conclusion,
  { signing }: Inputs,
  project: ProjectFolder,
  runner: Runner,
): Promise<void> {
  const { record, published, error } = conclusion;
  explain(record, runner);
  for (const { title, text, place } of remarksOf(record))
    runner.reporter.warning(title, text, placeIn(record.context.repository, place));
  for (const note of warehouseNotes(record))
    runner.reporter.warning('Refused by the warehouse', warehouseWarning(note));
  await tellFreshness(record, project, runner);
  for (const one of error instanceof AggregateError ? error.errors : error === null ? [] : [error])
    report(one, runner, record.context.repository);
  await runner.appendSummary(renderSummary(record, published?.artifact ?? null, signing));
  const outputs = outputsOf(conclusion);
  for (const name of OUTPUT_NAMES) runner.setOutput(name, outputs[name]);
  runner.reporter.info(
    `status       ${outputs.status}${outputs['audited-rule'] && ' in audit mode: it would have been denied'}${published?.artifact ? `: ${published.artifact.url}` : ''}`,
  );
}

async function tellFreshness(record: EvidenceRecord, project: ProjectFolder, runner: Runner): Promise<void> {
  for (const { level, title, text, source, file } of freshnessNotes(record))
    runner.reporter[level](title, text, await placeOfSource(project, file, source));
}

/** Where a source is declared, for its annotation. */
async function placeOfSource(
  project: ProjectFolder,
  file: string,
  source: string,
): Promise<Place | undefined> {
  const found = await projectFile(project, file);
  if (found === undefined) return undefined;
  const line = sourceLine(found.text, source);
  return { file: found.inRepository, ...(line !== undefined && { line }) };
}

/** What decision and plan mean for the person, where the outcome alone does not say it. */
function explain(
  { facts: { decision, plan, staticCredentials } }: EvidenceRecord,
  { reporter }: Runner,
): void {
  if (decision?.allow === false) for (const line of denialText(decision).split('\n')) reporter.info(line);
  for (const command of plan === undefined ? [] : emptySelections(plan))
    reporter.warning('Nothing selected', `The selection of \`${command}\` matches no node.`);
  for (const { variable, where, outcome } of staticCredentials ?? [])
    if (outcome !== 'refused')
      reporter.warning(
        'Static credential',
        `${variable} (${where}) is a long-lived credential; ${OUTCOMES[outcome]}.`,
      );
}

const OUTCOMES = { scrubbed: 'dbt does not get it', passed: 'dbt gets it, by the rule or in audit mode' };

function report(thrown: unknown, runner: Runner, repository = ''): void {
  const error = asPassportError(thrown);
  const place = placeIn(repository, error.place);
  // POLICY_UNAVAILABLE beside ERR_POLICY_UNAVAILABLE would say nothing more.
  const reason = error.reason === undefined || error.code.endsWith(error.reason) ? '' : ` ${error.reason}`;
  const { explanation } = error;
  const text = [error.message, explanation?.cause, error.hint, `See ${error.docs}`]
    .filter(Boolean)
    .join('\n');
  runner.reporter.error(`${error.code}${reason}`, text, place);
}

const runner = githubRunner();
const signs = getInput('mode') === SIGN_MODE;
try {
  process.exitCode = await (signs ? sign(runner) : main(runner));
} catch (error) {
  report(error, runner);
  if (signs) await runner.appendSummary(refusedSummary(error));
  runner.setOutput('status', 'failed');
  process.exitCode = 1;
}
runner.saveState('finished', 'true');
// The run is over, whatever is still open: a call to a cloud that a cancelled run no longer waits for.
process.exit();
