import { credentialSource } from './credential-source.ts';
import { explanationHtml } from './explanation-html.ts';
import type { EvidenceRecord } from './record.ts';
import { code, factList, prose, time } from './report-elements.ts';
import { type Markup, markup, NOTHING } from './report-markup.ts';
import { commandResults, countsText } from './report-results.ts';

/** The outcome in words, the same in the report and in the summary. */
export interface Verdict {
  readonly kind: 'good' | 'bad' | 'warn';
  readonly title: string;
  readonly sentence: string;
}

/** What happened, said so that no other part of the record is needed to understand it. */
export function verdictOf(record: EvidenceRecord): Verdict {
  const rule = record.facts.decision?.rule ?? '';
  switch (record.status) {
    case 'succeeded':
      return {
        ...(isAmbient(record)
          ? {
              kind: 'warn',
              title: 'Allowed and succeeded, with credentials that were not issued for this run',
            }
          : { kind: 'good', title: 'Allowed and succeeded' }),
        sentence: `Rule ${rule} of the policy allowed this run. ${extent(record)}`,
      };
    case 'dry-run':
      return {
        kind: 'good',
        title: 'Dry run: allowed and planned, nothing executed',
        sentence: `Rule ${rule} of the policy allows this run. ${untouched(record)}`,
      };
    case 'auth-only':
      return {
        kind: 'good',
        title: 'Authentication only: allowed, dbt was not started',
        sentence: `Rule ${rule} of the policy allows this run. ${authenticated(record)}`,
      };
    case 'cancelled':
      return {
        kind: 'warn',
        title: 'Cancelled',
        sentence: `The run was stopped from outside. ${extent(record)}`,
      };
    case 'denied':
      return deniedVerdict(record, rule);
    case 'failed':
      return failedVerdict(record, rule);
  }
}

function authenticated(record: EvidenceRecord): string {
  const { credentials = [] } = record.facts;
  if (credentials.length === 0) return 'Its warehouse needs no credential, so none was issued.';
  return isAmbient(record)
    ? 'Its credentials were in the job already: nothing was exchanged, and nobody was asked whose they are.'
    : 'Credentials of its scope were issued, checked and ended.';
}

function deniedVerdict(record: EvidenceRecord, rule: string): Verdict {
  if (record.facts.decision?.allow !== true) {
    const sentence = `No rule of the policy allows this run. ${untouched(record)}`;
    return { kind: 'bad', title: 'Denied', sentence };
  }
  return {
    kind: 'bad',
    title: 'Denied: the command reaches further than the rule allows',
    sentence: `Rule ${rule} allows who is running, but not what the command would touch. ${untouched(record)}`,
  };
}

function failedVerdict(record: EvidenceRecord, rule: string): Verdict {
  if (record.facts.decision?.allow === true) {
    const sentence = `Rule ${rule} of the policy allowed this run. ${extent(record)}`;
    return { kind: 'bad', title: 'Allowed, but the run failed', sentence };
  }
  return {
    kind: 'bad',
    title: 'Failed before a decision',
    sentence: `The run stopped before the policy could decide, so nothing was allowed. ${untouched(record)}`,
  };
}

function untouched(record: EvidenceRecord): string {
  const { credentials = [], runs = [] } = record.facts;
  if (credentials.length > 0 || runs.length > 0) return extent(record);
  return 'No credential was issued and no dbt command ran on data.';
}

function extent(record: EvidenceRecord): string {
  const exitCode = record.dbtExitCode;
  if (exitCode === null) return 'No dbt command ran on data.';
  const counts = commandResults(record).map(countsText).join('; ');
  return `dbt ended with exit code ${exitCode} (${counts}).${ambientWords(record)}`;
}

/** A reader who reads no further must know it. */
function ambientWords(record: EvidenceRecord): string {
  return isAmbient(record)
    ? ' Its credentials were not issued for this run: an earlier step of the job left them.'
    : '';
}

function isAmbient({ facts: { credentials = [] } }: EvidenceRecord): boolean {
  return credentialSource(credentials) === 'ambient';
}

/** The banner at the top, and what stopped the run when something did. */
export function verdictBanner(record: EvidenceRecord): Markup {
  const { kind, title, sentence } = verdictOf(record);
  return markup`<div class="verdict ${kind}">
<p class="title">${title}</p>
<p>${sentence}</p>
<p class="quiet">${time(record.startedAt)} to ${time(record.finishedAt)}</p>
</div>
${failureFacts(record)}${explanationHtml(record.failure?.explanation)}`;
}

function failureFacts({ failure }: EvidenceRecord): Markup {
  if (failure === null) return NOTHING;
  const { place } = failure;
  const where =
    place === undefined
      ? ''
      : [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
  return factList([
    ['What stopped it', prose(failure.message.replaceAll('\n', '; '))],
    ...(failure.hint === undefined ? [] : [['What to change', prose(failure.hint)] as const]),
    ...(where === '' ? [] : [['Where', code(where)] as const]),
    ['Error code', [code(failure.code), ` in stage ${failure.stage}; explained in ${failure.docs}`].flat()],
  ]);
}
