import type { Signer } from '@sigstore/verify';
import { type Certified, EXTENSION, extensionsOf } from './certificate-extensions.ts';
import type { DbtRunPredicate } from './predicate.ts';
import { workflowFile } from './same-run.ts';
import type { SigningJob } from './trust.ts';
import { type Checklist, mustEqual } from './verdict.ts';

/** The identity and the issuer, both exactly: a part of a name must never pass for the name. */
export function checkSigner(
  list: Checklist,
  signer: Signer,
  trust: { readonly identity: string; readonly issuer: string },
): void {
  const { subjectAlternativeName, extensions } = signer.identity ?? {};
  list.check('identity', () => {
    mustEqual('certificate identity', trust.identity, subjectAlternativeName);
    return trust.identity;
  });
  list.check('issuer', () => {
    mustEqual('certificate issuer', trust.issuer, extensions?.issuer);
    return trust.issuer;
  });
}

type Facts = Readonly<Record<string, string | number>>;

/** What Fulcio certifies of GitHub's token: number under 1.3.6.1.4.1.57264.1, name, and the text it must have.
 * Source: fulcio docs/oid-info.md and config/identity/config.yaml (issuer github-workflow). */
const EXTENSIONS: readonly (readonly [number, string, (claims: Facts, url: string) => string])[] = [
  [8, 'issuer', (claims) => text(claims, 'iss')],
  [9, 'build signer', (claims, url) => `${url}/${text(claims, 'job_workflow_ref')}`],
  [10, 'build signer commit', (claims) => text(claims, 'job_workflow_sha')],
  [11, 'runner environment', (claims) => text(claims, 'runner_environment')],
  [12, 'repository', (claims, url) => `${url}/${text(claims, 'repository')}`],
  [13, 'commit', (claims) => text(claims, 'sha')],
  [14, 'ref', (claims) => text(claims, 'ref')],
  [15, 'repository id', (claims) => text(claims, 'repository_id')],
  [16, 'owner', (claims, url) => `${url}/${text(claims, 'repository_owner')}`],
  [17, 'owner id', (claims) => text(claims, 'repository_owner_id')],
  [18, 'workflow', (claims, url) => `${url}/${text(claims, 'workflow_ref')}`],
  [19, 'workflow commit', (claims) => text(claims, 'workflow_sha')],
  [20, 'event', (claims) => text(claims, 'event_name')],
  [21, 'run', (claims, url) => runUrl(claims, url)],
  [22, 'repository visibility', (claims) => text(claims, 'repository_visibility')],
  [23, 'environment', (claims) => text(claims, 'environment')],
  [24, 'token subject', (claims) => text(claims, 'sub')],
];

/** The only claims that a record without a verified token still has, from the job itself. */
const CERTIFIED_RUN = [12, 13, 14, 20, 21];

/** What a job has for itself: another job of the same run has other values, and the rest alike. */
const OF_ONE_JOB = [9, 10, 11, 23, 24];

/** Without these a certificate does not say of which run a separate job was. */
const NEEDED_OF_SEPARATE = [EXTENSION.commit, EXTENSION.repositoryId, EXTENSION.run];

/**
 * Compares the predicate with what the certificate says of the same job, or of a separate job of the same run. An
 * extension that is there must be equal; one that is not there leaves the claim to the signer's word, which is reported.
 */
export function checkCertificate(
  list: Checklist,
  signer: Signer,
  predicate: DbtRunPredicate,
  signedBy: SigningJob = 'same-job',
): void {
  const compared = list.value(
    'certificate-claims',
    () => {
      const certified = extensionsOf(signer);
      return { job: signingJob(certified, predicate, signedBy), ...compare(certified, predicate, signedBy) };
    },
    ({ equal }) => `${equal} claims are in the certificate`,
  );
  if (compared === undefined) return;
  if (compared.job !== '') list.ok('signing-job', compared.job);
  if (compared.absent.length === 0) return;
  const which = signedBy === 'same-job' ? 'not in the certificate' : 'the word of the job that was recorded';
  list.notCertified('certificate-claims', `${which}: ${compared.absent.join(', ')}`);
}

/** Commit of the workflow that signed; undefined when no certificate says it. */
export function signerSha(signer: Signer): string | undefined {
  return extensionsOf(signer).get(EXTENSION.signerSha);
}

/**
 * Which job signed, in words: by another file than that of the recorded job, it is a separate one. Empty when
 * certificate or record do not say it.
 */
function signingJob(certified: Certified, { identity, run }: DbtRunPredicate, signedBy: SigningJob): string {
  const workflow = certified.get(EXTENSION.signer)?.replace(`${run.serverUrl}/`, '') ?? '';
  const recorded = text(identity?.claims ?? {}, 'job_workflow_ref');
  const separate = workflowFile(workflow) !== workflowFile(recorded);
  if (signedBy === 'separate-job') {
    if (workflow === '') throw new Error('the certificate names no workflow that signed');
    if (!separate) throw new Error(`expected the signature of a separate job, got one of ${workflow}`);
    return `signed by a separate job: ${workflow}`;
  }
  if (workflow === '' || recorded === '') return '';
  if (!separate) return 'signed by the job itself';
  throw new Error(
    `signed by a separate job: ${workflow}, the record is of ${recorded}; if the former only signs, accept it with --signed-by separate-job`,
  );
}

function compare(
  certified: Certified,
  predicate: DbtRunPredicate,
  signedBy: SigningJob,
): { readonly equal: number; readonly absent: readonly string[] } {
  const claims = claimsOf(predicate);
  const verified = predicate.identity !== undefined;
  const rows = EXTENSIONS.filter(([number]) => verified || CERTIFIED_RUN.includes(number));
  const separate = signedBy === 'separate-job';
  const missing = NEEDED_OF_SEPARATE.filter((number) => separate && !certified.has(number));
  if (missing.length > 0) throw new Error('the certificate does not say of which run its job is');
  const vouched = rows.filter(
    ([number]) => certified.has(number) && !(separate && OF_ONE_JOB.includes(number)),
  );
  for (const [number, name, expected] of vouched)
    mustEqual(`${name} in the certificate`, expected(claims, predicate.run.serverUrl), certified.get(number));
  const absent = rows.filter((row) => !vouched.includes(row)).map(([, name]) => name);
  return { equal: vouched.length, absent: [...absent, 'actor'] };
}

function claimsOf(predicate: DbtRunPredicate): Facts {
  const { repository, sha, ref, eventName, runId, runAttempt } = predicate.run;
  const run = { repository, sha, ref, event_name: eventName, run_id: runId, run_attempt: runAttempt };
  return predicate.identity?.claims ?? run;
}

function text(claims: Facts, name: string): string {
  return String(claims[name] ?? '');
}

function runUrl(claims: Facts, url: string): string {
  const run = `${text(claims, 'run_id')}/attempts/${text(claims, 'run_attempt')}`;
  return `${url}/${text(claims, 'repository')}/actions/runs/${run}`;
}
