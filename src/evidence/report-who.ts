import { checkoutTold } from '../checkout/told.ts';
import { changedText, checkoutText } from '../checkout/words.ts';
import { type ClaimName, shownClaim } from '../identity/claims.ts';
import type { People } from '../identity/people.ts';
import { runUrl } from '../run-url.ts';
import { plain } from '../untrusted.ts';
import { attemptWords, startedWords } from './people-words.ts';
import type { EvidenceRecord } from './record.ts';
import { code, factList, link, note, section, time } from './report-elements.ts';
import { type Markup, markup, NOTHING } from './report-markup.ts';

/** Who ran: the verified claims, or, when no token was verified, only what the job said of itself. */
export function whoSection(record: EvidenceRecord): Markup {
  const { identity } = record.facts;
  if (identity === undefined) {
    return section(
      'who',
      'Who',
      note('warn', UNVERIFIED),
      factList([...contextFacts(record), ...runFacts(record)]),
    );
  }
  return section(
    'who',
    'Who',
    identity.token.issuer.startsWith('https://') ? markup`<p>${FROM_GITHUB}</p>` : note('warn', FROM_HERE),
    factList([...claimFacts(record), ...checkoutFacts(record), ...runFacts(record)]),
    tokenFacts(record),
  );
}

const UNVERIFIED =
  'No identity token was verified in this run. The following is what the job said of itself; GitHub did not vouch for it.';

const FROM_GITHUB =
  'From an identity token that GitHub issued for this job. Its signature was checked before the decision was made.';
const FROM_HERE =
  'From an identity token of an issuer on the machine itself, as the demo and the tests have it: GitHub did not vouch for any of this.';

type Fact = Parameters<typeof factList>[0][number];

function claimFacts({ facts: { identity, people } }: EvidenceRecord): Fact[] {
  const claim = (name: ClaimName) => (identity === undefined ? '' : shownClaim(identity.claims, name));
  const withId = (name: string, id: string) => [code(name), id === '' ? '' : ` (id ${id})`].flat();
  const called = claim('job_workflow_ref');
  return [
    ['Repository', withId(claim('repository'), claim('repository_id'))],
    ['Environment', claim('environment') === '' ? 'none' : code(claim('environment'))],
    ...(people === undefined
      ? [['Actor', withId(claim('actor'), claim('actor_id'))] as const]
      : peopleFacts(people)),
    ['Workflow', code(claim('workflow_ref'))],
    ...(called === '' || called === claim('workflow_ref')
      ? []
      : [['Called workflow', code(called)] as const]),
    ['Commit', code(claim('sha'))],
    ['Branch or tag', [code(claim('ref')), claim('ref_protected') === 'true' ? ' (protected)' : ''].flat()],
    ['Event', code(claim('event_name'))],
    ['Runner', code(claim('runner_environment'))],
  ];
}

/** Who started the run, and who this attempt of it: the token knows only the first. */
function peopleFacts(people: People): Fact[] {
  const attempt = attemptWords(people);
  const same = 'the same: it is the first attempt of the run, as the token says';
  return [
    ['Started by', startedWords(people)],
    ['This attempt by', attempt === '' ? same : attempt],
  ];
}

/** What was seen of the code, beside the commit that the token names. */
function checkoutFacts({ facts: { checkout, changedInRun } }: EvidenceRecord): Fact[] {
  if (checkout === undefined) return [['Checkout', 'not looked at: dbt was not to be started']];
  const seen: Fact = ['Checkout', plain(checkoutText(checkoutTold(checkout)), 2000)];
  return changedInRun === undefined ? [seen] : [seen, ['After dbt', plain(changedText(changedInRun), 2000)]];
}

function contextFacts({ context }: EvidenceRecord): Fact[] {
  return [
    ['Repository', code(context.repository)],
    ['Actor', code(context.actor)],
    ['This attempt by', code(context.triggeringActor)],
    ['Workflow', code(context.workflow)],
    ['Commit', code(context.sha)],
    ['Branch or tag', code(context.ref)],
    ['Event', code(context.eventName)],
  ];
}

function runFacts({ context, trace }: EvidenceRecord): Fact[] {
  const { serverUrl, repository, runId, runAttempt, job } = context;
  const url = runUrl(serverUrl, repository, runId, runAttempt);
  return [
    ['Run', link(url, `run ${runId}, attempt ${runAttempt}, job ${job}`)],
    ['Trace id', code(trace.traceId)],
  ];
}

function tokenFacts({ facts: { identity } }: EvidenceRecord): Markup {
  if (identity === undefined) return NOTHING;
  const { token } = identity;
  return markup`<h3>Identity token</h3>
<p>The token itself is not kept. These facts identify it.</p>
${factList([
  ['Issuer', code(token.issuer)],
  ['Subject', code(token.subject)],
  ['Audience', code(token.audience)],
  ['Token id', code(token.tokenId)],
  ['SHA-256', code(token.sha256)],
  ['Issued', time(token.issuedAt)],
  ['Expires', time(token.expiresAt)],
])}`;
}
