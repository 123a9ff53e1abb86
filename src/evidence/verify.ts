import { type Signer, toSignedEntity, VerificationError } from '@sigstore/verify';
import { checkExceptions } from './audit-consistency.ts';
import { BUNDLE_NAME, parseBundle } from './bundle.ts';
import { checkCertificate, checkSigner } from './certificate.ts';
import { checkCompleteness } from './completeness.ts';
import { checkRun, checkStatus, checkTime } from './consistency.ts';
import { checkCredentials } from './credential-consistency.ts';
import { checkExpectations, type Expectations } from './expectations.ts';
import { parseStatement } from './statement.ts';
import { checkNames, checkNoExtraFiles, checkSubjects, type EvidenceFiles } from './subjects.ts';
import { openTrust, provenTimes, type Trust } from './trust.ts';
import { Checklist, messageOf, type Verdict } from './verdict.ts';

/**
 * Is this the whole, unchanged record of a run by the trusted signer, and is it the run that was expected?
 * Pure: no network, no clock. Throws ERR_INPUT_INVALID when the trust itself is not usable; whatever is
 * wrong with the artifact is a failed check.
 */
export async function verifyEvidence(
  files: EvidenceFiles,
  trust: Trust,
  expect: Expectations,
): Promise<Verdict> {
  const authenticate = await openTrust(trust);
  const list = new Checklist();

  list.check('names', () => checkNames(files));
  const bundle = list.value(
    'bundle',
    () => parseBundle(bundleBytes(files)),
    () => 'one signature',
  );
  if (bundle === undefined) return notAuthentic(list);

  const signer = authenticated(list, () => authenticate(toSignedEntity(bundle)));
  if (signer === undefined) return notAuthentic(list);
  if (trust.kind === 'root') checkSigner(list, signer, trust);

  const payload = bundle.content.dsseEnvelope.payload;
  const statement = list.value(
    'statement',
    () => parseStatement(payload),
    () => 'a dbt run, version 1',
  );
  if (statement === undefined) return notAuthentic(list);

  const { subject, predicate } = statement;
  await list.checkAsync('subjects', () => checkSubjects(subject, files));
  list.check('no-extra-files', () => checkNoExtraFiles(subject, files));
  if (trust.trustedRoot === undefined)
    list.notCertified('time', 'no trusted root was given to prove when it was signed');
  else list.check('time', () => checkTime(predicate, provenTimes(toSignedEntity(bundle))));
  list.check('run-claims', () => checkRun(predicate));
  if (trust.kind === 'root') checkCertificate(list, signer, predicate);
  else list.notCertified('certificate-claims', 'signed with a key: who ran is the word of the key holder');
  list.check('status', () => checkStatus(predicate));
  list.check('exceptions', () => checkExceptions(predicate));
  list.check('credentials', () => checkCredentials(predicate));
  await checkCompleteness(list, predicate, files);
  if (!list.passed) return notAuthentic(list);

  checkExpectations(list, predicate, expect);
  return { authentic: true, matches: list.passed, signer: nameOf(signer), checks: list.checks, predicate };
}

function bundleBytes(files: EvidenceFiles): Uint8Array {
  const bytes = files.get(BUNDLE_NAME);
  if (bytes === undefined) throw new Error(`${BUNDLE_NAME} is missing: the evidence is not signed`);
  return bytes;
}

/** What each refusal of @sigstore/verify is about, by the first word of its code. */
const REFUSALS: readonly (readonly [prefix: string, check: string])[] = [
  ['TIMESTAMP', 'time'],
  ['CERTIFICATE', 'certificate'],
  ['TLOG', 'transparency-log'],
];

function authenticated(list: Checklist, authenticate: () => Signer): Signer | undefined {
  try {
    const signer = authenticate();
    list.ok('signature', `by ${nameOf(signer)}`);
    return signer;
  } catch (error) {
    const code = error instanceof VerificationError ? String(error.code) : '';
    const check = REFUSALS.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'signature';
    list.failed(check, messageOf(error));
    return undefined;
  }
}

function nameOf(signer: Signer): string {
  return signer.identity?.subjectAlternativeName ?? 'the pinned key';
}

function notAuthentic(list: Checklist): Verdict {
  return { authentic: false, matches: false, signer: '', checks: list.checks, predicate: null };
}
