import { issuedCount } from '../credentials/issued-facts.ts';
import { auditedBy } from './audited.ts';
import { CLOCK_SKEW_MS } from './consistency.ts';
import { credentialSource } from './credential-source.ts';
import type { DbtRunPredicate } from './predicate.ts';
import { mustEqual } from './verdict.ts';

/** The credentials against the rest of the record: none before the decision, none after the end, none missing. */
export function checkCredentials(predicate: DbtRunPredicate): string {
  const { credentials, credentialSource: source, decision } = predicate;
  // A run that only audit mode let go on may have had what lay in its job, and nothing else.
  const own = auditedBy(predicate) === null ? credentials : credentials.filter(isIssued);
  if (own.length > 0 && decision?.allow !== true)
    throw new Error('credentials were issued, although the run was not allowed');
  const derived = credentialSource(credentials);
  if (source !== undefined) mustEqual('credentialSource', derived, source);
  checkNeeded(predicate);
  for (const [index, credential] of credentials.entries()) checkLife(index + 1, credential, predicate);
  checkEnd(predicate);
  const found = checkStatic(predicate);
  return `${WORDS[derived](issuedCount(credentials))}; ${found}`;
}

function isIssued({ provider }: Credential): boolean {
  return provider !== 'ambient';
}

const WORDS = {
  none: () => 'none was issued',
  federated: (count: number) => `${count} issued for this run`,
  ambient: () => 'AMBIENT: not issued for this run, whose they are is not known',
};

function checkNeeded({ status, warehouse, credentials }: DbtRunPredicate): void {
  const used = status === 'succeeded' || status === 'auth-only';
  if (used && warehouse?.credentials === 'needed' && credentials.length === 0)
    throw new Error(`${status} on ${warehouse.kind} without a credential`);
  if (status === 'dry-run' && credentials.length > 0) throw new Error('a dry run takes no credential');
}

type Credential = DbtRunPredicate['credentials'][number];

/** An ambient credential has no times: nobody knows them. */
function checkLife(number: number, credential: Credential, { startedAt, finishedAt }: DbtRunPredicate): void {
  const { issuedAt, expiresAt, provider } = credential;
  if (provider === 'ambient' && issuedAt === '' && expiresAt === '') return;
  const name = `credential ${number}`;
  const issued = at(name, 'issuedAt', issuedAt);
  if (issued < Date.parse(startedAt) - CLOCK_SKEW_MS)
    throw new Error(`${name} was issued before the run began`);
  if (issued > Date.parse(finishedAt) + CLOCK_SKEW_MS)
    throw new Error(`${name} was issued after the run ended`);
  if (expiresAt !== '' && at(name, 'expiresAt', expiresAt) <= issued)
    throw new Error(`${name} expired before it was issued`);
}

/** By one clock, the runner's, but for the issue, which an issuer may have dated. */
function checkEnd({ credentials, credentialsEndedAt, finishedAt, status }: DbtRunPredicate): void {
  if (credentialsEndedAt === undefined) {
    // Older records do not say it; they do not say the route either.
    if (status === 'succeeded' && credentials.some(({ route }) => route !== undefined))
      throw new Error('the record does not say when the credentials were ended');
    return;
  }
  const ended = Date.parse(credentialsEndedAt);
  if (ended > Date.parse(finishedAt)) throw new Error('the credentials outlived the run');
  if (credentials.some(({ issuedAt }) => Date.parse(issuedAt) > ended + CLOCK_SKEW_MS))
    throw new Error('a credential was issued after all had been ended');
}

function checkStatic({ staticCredentials, failure, status, credentials, dbt }: DbtRunPredicate): string {
  if (staticCredentials === undefined) return 'static keys were not looked for';
  const refused = staticCredentials.some(({ outcome }) => outcome === 'refused');
  const stopped = failure?.code === 'ERR_STATIC_CREDENTIAL';
  if (refused !== stopped && status !== 'cancelled')
    throw new Error('static credentials and the failure contradict each other');
  if (refused && (credentials.length > 0 || (dbt?.invocations.length ?? 0) > 0))
    throw new Error('the run went on although a static credential was refused');
  return `static keys: ${staticCredentials.length === 0 ? 'none found' : `${staticCredentials.length} found`}`;
}

function at(name: string, what: string, text: string): number {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new Error(`${what} of ${name} is no time`);
  return time;
}
