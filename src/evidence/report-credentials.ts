import type { EvidenceRecord } from './record.ts';
import { code, duration, note, secondsBetween, section, table, time } from './report-elements.ts';
import { type Markup, markup } from './report-markup.ts';

/** Credentials that the run was given: who, scope and life; never the credential. */
export function credentialsSection({ facts }: EvidenceRecord): Markup {
  const { credentials = [], grants } = facts;
  const kinds = new Set([...(grants?.values() ?? [])].map((grant) => grant.kind));
  if (credentials.length === 0) {
    const local = kinds.size === 1 && kinds.has('duckdb');
    const text = local
      ? 'None: DuckDB is a local file, so there was no credential to issue.'
      : 'None was issued.';
    return section('credentials', 'Credentials', note('info', text));
  }
  return section(
    'credentials',
    'Credentials',
    markup`<p>Issued for this run only. The credentials themselves are not kept.</p>
`,
    table(
      'Issued credentials',
      ['Provider', 'For whom', 'Scope', 'Issued', 'Expires', 'Life', 'Request id'],
      credentials.map((fact) => ({
        cells: [
          fact.provider,
          code(fact.principal),
          code(fact.scope),
          time(fact.issuedAt),
          time(fact.expiresAt),
          duration(secondsBetween(fact.issuedAt, fact.expiresAt)),
          code(fact.requestId),
        ],
      })),
    ),
  );
}
