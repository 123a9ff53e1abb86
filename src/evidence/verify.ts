import { type Signer, toSignedEntity, VerificationError } from '@sigstore/verify';
import { BUNDLE_NAME, parseBundle, STATEMENT_NAME } from './bundle.ts';
import { checkCertificate, checkSigner, signerSha } from './certificate.ts';
import { checkTime } from './consistency.ts';
import { checkExpectations, type Expectations } from './expectations.ts';
import { checkRecord } from './record-checks.ts';
import { parseStatement } from './statement.ts';
import { checkNames, type EvidenceFiles } from './subjects.ts';
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

  const { predicate } = statement;
  await checkRecord(list, statement, files);
  if (trust.trustedRoot === undefined)
    list.notCertified('time', 'no trusted root was given to prove when it was signed');
  else list.check('time', () => checkTime(predicate, provenTimes(toSignedEntity(bundle))));
  if (trust.kind === 'root') checkCertificate(list, signer, predicate, trust.signedBy);
  else list.notCertified('certificate-claims', 'signed with a key: who ran is the word of the key holder');
  if (!list.passed) return notAuthentic(list);

  checkExpectations(list, predicate, expect, signerSha(signer));
  return { authentic: true, matches: list.passed, signer: nameOf(signer), checks: list.checks, predicate };
}

function bundleBytes(files: EvidenceFiles): Uint8Array {
  const bytes = files.get(BUNDLE_NAME);
  if (bytes !== undefined) return bytes;
  const waits = files.has(STATEMENT_NAME) ? '; it waits for the signature of another job' : '';
  throw new Error(`${BUNDLE_NAME} is missing: the evidence is not signed${waits}`);
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
