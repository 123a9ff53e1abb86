import { auditedUnder } from '../policy/decision.ts';
import { resultsText } from './beside-text.ts';
import { credentialSource } from './credential-source.ts';
import { explanationHtml } from './explanation-html.ts';
import type { EvidenceRecord } from './record.ts';
import { remarksOf } from './remarks.ts';
import { code, factList, note, prose, time } from './report-elements.ts';
import { type Markup, markup, NOTHING } from './report-markup.ts';
import { commandResults } from './report-results.ts';

/** The outcome in words, the same in the report and in the summary. */
export interface Verdict {
  readonly kind: 'good' | 'bad' | 'warn';
  readonly title: string;
  readonly sentence: string;
}

/** What happened, said so that no other part of the record is needed to understand it. */
export function verdictOf(record: EvidenceRecord): Verdict {
  const { status, facts } = record;
  const audited = auditedUnder(facts.decision);
  if (audited !== null) return auditedVerdict(record, audited);
  const { by, kind, rule } = allowance(record);
  switch (status) {
    case 'succeeded':
      return {
        ...(isAmbient(record)
          ? {
              kind: 'warn',
              title: `Allowed${by} and succeeded, with credentials that were not issued for this run`,
            }
          : { kind, title: `Allowed${by} and succeeded` }),
        sentence: `${rule} allowed this run. ${extent(record)}`,
      };
    case 'dry-run':
      return {
        kind,
        title: `Dry run: allowed${by} and planned, nothing executed`,
        sentence: `${rule} allows this run. ${untouched(record)}`,
      };
    case 'auth-only':
      return {
        kind,
        title: `Authentication only: allowed${by}, dbt was not started`,
        sentence: `${rule} allows this run. ${authenticated(record)}`,
      };
    case 'cancelled':
      return {
        kind: 'warn',
        title: 'Cancelled',
        sentence: `The run was stopped from outside. ${extent(record)}`,
      };
    case 'denied':
      return deniedVerdict(record);
    case 'failed':
      return failedVerdict(record);
  }
}

/** By what the run was allowed; a rule for emergencies is never shown as any other. */
function allowance({ facts: { decision } }: EvidenceRecord) {
  const rule = decision?.rule ?? '';
  return decision?.breakGlass === undefined
    ? { by: '', kind: 'good' as const, rule: `Rule ${rule} of the policy` }
    : {
        by: ' by an emergency rule (break-glass)',
        kind: 'warn' as const,
        rule: `The emergency rule ${rule} of the policy`,
      };
}

/** A run that went on although it was denied: the denial comes first, however it ended. */
function auditedVerdict(record: EvidenceRecord, rule: string): Verdict {
  const { status } = record;
  if (status === 'denied')
    return {
      kind: 'bad',
      title: 'Denied, in audit mode too: the command reaches further than the limits',
      sentence: `No rule of the policy allows this run. Audit mode would let it go on under the limits of rule ${rule}, but not what its command would touch. ${untouched(record)}`,
    };
  return {
    kind: 'bad',
    title: `Would have been denied: audit mode let it go on, ${AUDITED_ENDS[status]}`,
    sentence: `No rule of the policy allows this run; rule ${rule} only set its limits. ${
      status === 'auth-only' ? authenticated(record) : untouched(record)
    }`,
  };
}

const AUDITED_ENDS: Readonly<Record<Exclude<EvidenceRecord['status'], 'denied'>, string>> = {
  succeeded: 'and it succeeded',
  failed: 'and it failed',
  cancelled: 'and it was cancelled',
  'dry-run': 'and it was planned; nothing was executed',
  'auth-only': 'and dbt was not started',
};

function authenticated(record: EvidenceRecord): string {
  const { credentials = [] } = record.facts;
  if (credentials.length === 0) return 'Its warehouse needs no credential, so none was issued.';
  return isAmbient(record)
    ? 'Its credentials were in the job already: nothing was exchanged, and nobody was asked whose they are.'
    : 'Credentials of its scope were issued, checked and ended.';
}

function deniedVerdict(record: EvidenceRecord): Verdict {
  const { by, rule } = allowance(record);
  if (record.facts.decision?.allow !== true) {
    const sentence = `No rule of the policy allows this run. ${untouched(record)}`;
    return { kind: 'bad', title: 'Denied', sentence };
  }
  if (record.facts.plan === undefined && record.failure?.stage === 'checkout') {
    const sentence = `${rule} allows who is running, but not the code that is checked out. ${untouched(record)}`;
    return { kind: 'bad', title: `Denied: the code is not what the rule takes${by}`, sentence };
  }
  return {
    kind: 'bad',
    title: `Denied: the command reaches further than the rule allows${by}`,
    sentence: `${rule} allows who is running, but not what the command would touch. ${untouched(record)}`,
  };
}

function failedVerdict(record: EvidenceRecord): Verdict {
  const { by, rule } = allowance(record);
  if (record.facts.decision?.allow === true) {
    const sentence = `${rule} allowed this run. ${extent(record)}`;
    return { kind: 'bad', title: `Allowed${by}, but the run failed`, sentence };
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
  const told = commandResults(record).map(
    (results) => [results.run.invocation.command.name, resultsText(results)] as const,
  );
  const results = told.map(([name, text]) => (told.length === 1 ? text : `${name}: ${text}`)).join('; ');
  return `dbt ended with exit code ${exitCode} (${results}).${ambientWords(record)}`;
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
${remarksOf(record).map(({ title, text }) => note('warn', [markup`<strong>${title}.</strong> `, prose(text)]))}${failureFacts(record)}${explanationHtml(record.failure?.explanation)}`;
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
