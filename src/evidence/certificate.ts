import type { Signer } from '@sigstore/verify';
import type { DbtRunPredicate } from './predicate.ts';
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

/**
 * Compares the predicate with what the certificate says of the same job. An extension that is there must
 * be equal; one that is not there leaves the claim to the signer's word, which is reported.
 */
export function checkCertificate(list: Checklist, signer: Signer, predicate: DbtRunPredicate): void {
  const compared = list.value(
    'certificate-claims',
    () => compare(extensionsOf(signer), predicate),
    ({ equal }) => `${equal} claims are in the certificate`,
  );
  if (compared === undefined || compared.absent.length === 0) return;
  list.notCertified('certificate-claims', `not in the certificate: ${compared.absent.join(', ')}`);
}

function compare(certified: ReadonlyMap<number, string>, predicate: DbtRunPredicate) {
  const claims = claimsOf(predicate);
  const verified = predicate.identity !== undefined;
  const rows = EXTENSIONS.filter(([number]) => verified || CERTIFIED_RUN.includes(number));
  for (const [number, name, expected] of rows) {
    const actual = certified.get(number);
    if (actual !== undefined)
      mustEqual(`${name} in the certificate`, expected(claims, predicate.run.serverUrl), actual);
  }
  const absent = rows.filter(([number]) => !certified.has(number)).map(([, name]) => name);
  return { equal: rows.length - absent.length, absent: [...absent, 'actor'] };
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

/** Extension texts by number. Values from .8 on are DER UTF8Strings. */
function extensionsOf(signer: Signer): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const { oid, value } of signer.identity?.oids ?? []) {
    const number = /^1\.3\.6\.1\.4\.1\.57264\.1\.(\d+)$/.exec(oid?.id.join('.') ?? '')?.[1];
    if (number !== undefined && Number(number) >= 8) found.set(Number(number), utf8String(value));
  }
  return found;
}

/** DER: tag 0x0c, a length of one byte below 128, else 0x80 + its number of bytes (X.690 section 8.1.3). */
function utf8String(der: Uint8Array): string {
  const [tag, first = 0] = der;
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  const start = 2 + lengthBytes;
  let length = first < 0x80 ? first : 0;
  for (const byte of der.subarray(2, start)) length = length * 256 + byte;
  if (tag !== 0x0c || start + length !== der.length)
    throw new Error('a certificate extension is not a UTF8String');
  return new TextDecoder('utf-8', { fatal: true }).decode(der.subarray(start));
}
