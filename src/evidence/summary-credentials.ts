import { auditedUnder } from '../policy/decision.ts';
import { markdownCode } from '../untrusted.ts';
import { credentialGroups, PROVIDERS, STATIC_OUTCOMES } from './credential-groups.ts';
import { credentialSource } from './credential-source.ts';
import type { EvidenceRecord } from './record.ts';
import { duration, secondsBetween } from './report-elements.ts';

/** Rows shown; the report has the rest. */
const LIMIT = 10;

/** Credentials and long-lived keys for the page of the run; empty when there was neither. */
export function summaryCredentials({ facts }: EvidenceRecord): string {
  const { credentials = [], staticCredentials = [], decision } = facts;
  const leave = auditedUnder(decision) === null ? 'the rule' : 'audit mode';
  const parts = [...issued(credentials, leave), ...staticKeys(staticCredentials)];
  return parts.length === 0 ? '' : ['### Credentials', ...parts].join('\n\n');
}

type Facts = EvidenceRecord['facts'];

function issued(credentials: NonNullable<Facts['credentials']>, leave: string): readonly string[] {
  if (credentials.length === 0) return [];
  const groups = credentialGroups(credentials);
  const rows = groups.slice(0, LIMIT).map(({ first, last, count }) => {
    const life = duration(secondsBetween(last.issuedAt, last.expiresAt)) || 'not known';
    const cells = [markdownCode(first.principal), markdownCode(first.scope), PROVIDERS[first.provider]];
    return `| ${[...cells, markdownCode(first.route), count, life].join(' | ')} |`;
  });
  const table = [
    '| For whom | Scope | Issued by | Route | Issues | Life of each |',
    '| --- | --- | --- | --- | ---: | ---: |',
    ...rows,
  ].join('\n');
  const more = groups.length > LIMIT ? [`${groups.length - LIMIT} more are in report.html.`] : [];
  return [...(credentialSource(credentials) === 'ambient' ? [ambient(leave)] : []), table, ...more];
}

function ambient(leave: string): string {
  return `**These credentials were not issued for this run:** an earlier step of the job left them, and ${leave} lets dbt use them.`;
}

function staticKeys(found: NonNullable<Facts['staticCredentials']>): readonly string[] {
  if (found.length === 0) return [];
  const rows = found
    .slice(0, LIMIT)
    .map(
      ({ variable, where, outcome }) =>
        `| ${markdownCode(variable)} | ${markdownCode(where)} | ${STATIC_OUTCOMES[outcome]} |`,
    );
  const more = found.length > LIMIT ? [`${found.length - LIMIT} more are in report.html.`] : [];
  return [
    ['| Long-lived key | Found in | What became of it |', '| --- | --- | --- |', ...rows].join('\n'),
    ...more,
  ];
}
