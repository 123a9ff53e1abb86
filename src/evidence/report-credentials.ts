import type { CredentialFact } from '../credentials/issued.ts';
import { issuedCount } from '../credentials/issued-facts.ts';
import { auditedUnder } from '../policy/decision.ts';
import { needsCredentials } from '../policy/grant.ts';
import { credentialGroups, PROVIDERS, STATIC_OUTCOMES } from './credential-groups.ts';
import { credentialSource } from './credential-source.ts';
import type { EvidenceRecord } from './record.ts';
import {
  code,
  duration,
  factList,
  folded,
  note,
  secondsBetween,
  section,
  table,
  time,
} from './report-elements.ts';
import { type Markup, markup, NOTHING } from './report-markup.ts';

/** Credentials that the run was given: who, scope and life; never the credential. */
export function credentialsSection(record: EvidenceRecord): Markup {
  const { credentials = [] } = record.facts;
  return section(
    'credentials',
    'Credentials',
    origin(record),
    credentialSource(credentials) === 'federated' ? groupTable(credentials) : NOTHING,
    credentialSource(credentials) === 'federated' ? issueTable(credentials) : NOTHING,
    staticPart(record),
  );
}

/** Where they came from and when they ended, before any detail. */
function origin({ facts }: EvidenceRecord): Markup {
  const { credentials = [], credentialsEndedAt = '', grants, decision } = facts;
  switch (credentialSource(credentials)) {
    case 'none': {
      const local = grants !== undefined && ![...grants.values()].some(needsCredentials);
      return note(
        'info',
        local ? 'None: DuckDB is a local file, so there was no credential to issue.' : 'None was issued.',
      );
    }
    case 'ambient':
      return markup`${note('warn', [
        markup`<strong>These credentials were not issued for this run.</strong>`,
        ` An earlier step of the job left them there, and ${auditedUnder(decision) === null ? 'the rule' : 'audit mode'} lets dbt use them. Whose they are, what they open and how long they live is not known, and they did not end with the run.`,
      ])}${factList([['Taken from', credentials.map(({ route }) => route).join('; ')]])}`;
    case 'federated':
      return markup`<p>Issued for this run only${ended(credentialsEndedAt)}. The credentials themselves are not kept.</p>
`;
  }
}

function ended(at: string): Markup {
  return at === '' ? NOTHING : markup`; every way to them was closed at ${time(at)}`;
}

/** One line for a credential and its renewals. */
function groupTable(credentials: readonly CredentialFact[]): Markup {
  return table(
    'Credentials of this run',
    ['For whom, and how dbt got it', 'Scope', 'Issued', 'Life'],
    credentialGroups(credentials).map(({ first, last, count }) => ({
      cells: [
        markup`${code(first.principal)}<div class="quiet">${PROVIDERS[first.provider]}: ${first.route}</div>`,
        code(first.scope),
        count === 1
          ? known(first.issuedAt)
          : markup`${count} times<div>first ${known(first.issuedAt)}</div><div>last ${known(last.issuedAt)}</div>`,
        lifeOf(last, count),
      ],
    })),
  );
}

function lifeOf({ issuedAt, expiresAt }: CredentialFact, count: number) {
  if (expiresAt === '') return 'not known';
  const life = duration(secondsBetween(issuedAt, expiresAt));
  return markup`${life}${count === 1 ? '' : ' each'}<div>until ${time(expiresAt)}</div>`;
}

function issueTable(credentials: readonly CredentialFact[]): Markup {
  const rows = credentials.map(({ issuedAt, expiresAt, principal, route, requestId }) => ({
    cells: [known(issuedAt), known(expiresAt), code(principal), route, code(requestId)],
  }));
  const all = issuedCount(credentials);
  const rest = all - rows.length;
  const columns = ['Issued', 'Expires', 'For whom', 'How dbt got it', 'Request id'];
  return folded(
    `Every issue (${all}), for the audit log of who issued it`,
    markup`${table('Every issue', columns, rows)}${rest === 0 ? NOTHING : note('info', `${rest} renewals before the last ones are counted and not listed.`)}`,
  );
}

function known(at: string) {
  return at === '' ? 'not known' : time(at);
}

/** Keys that would outlive the run: a checked fact, also when there is none. */
function staticPart({ facts: { staticCredentials: found } }: EvidenceRecord): Markup {
  const title = markup`<h3>Long-lived keys</h3>
`;
  if (found === undefined)
    return markup`${title}${note('info', 'Not looked for: the run ended before that.')}`;
  if (found.length === 0) return markup`${title}${note('info', NONE_FOUND)}`;
  const rows = found.map(({ variable, where, outcome }) => ({
    cells: [
      code(variable),
      where === 'environment' ? 'environment of the job' : code(where),
      STATIC_OUTCOMES[outcome],
    ],
  }));
  return markup`${title}${table('Found by their names; the values are not kept', ['Key', 'Found in', 'What became of it'], rows)}`;
}

const NONE_FOUND =
  "Looked for in the environment of the job and in the project's own profiles.yml: none found.";
