/** What BigQuery says of a statement: `statistics.query.statementType` and, for a new table, its `destinationTable`. */
export interface Statement {
  readonly type: string;
  readonly table?: { readonly projectId: string; readonly datasetId: string; readonly tableId: string };
}

const COMMENT = /^(\s+|--[^\n]*\n|#[^\n]*\n|\/\*[\s\S]*?\*\/)+/;
const NEW_TABLE =
  /^create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?table\s+(?:if\s+not\s+exists\s+)?`?([\w-]+)`?\.`?(\w+)`?\.`?(\w+)`?/i;
const NEW_VIEW = /^create\s+(or\s+replace\s+)?(materialized\s+)?view\b/i;
const OTHER = /^(create\s+schema|drop\s+\w+|alter\s+\w+|truncate\s+table|merge|insert|update|delete)\b/i;

/** Names the statements that dbt writes. Source: BigQuery REST API, JobStatistics2. */
export function statementOf(sql: string): Statement {
  const body = sql.replace(COMMENT, '');
  const [, projectId, datasetId, tableId] = NEW_TABLE.exec(body) ?? [];
  if (projectId !== undefined && datasetId !== undefined && tableId !== undefined) {
    const type = /\bas\s*\(?/i.test(body) ? 'CREATE_TABLE_AS_SELECT' : 'CREATE_TABLE';
    return { type, table: { projectId, datasetId, tableId } };
  }
  if (NEW_VIEW.test(body)) return { type: 'CREATE_VIEW' };
  const words = OTHER.exec(body)?.[0] ?? 'SELECT';
  return { type: words.toUpperCase().replace(/\s+/g, '_') };
}

const NEW_SCHEMA = /^create\s+schema\s+(?:if\s+not\s+exists\s+)?`?([\w-]+)`?\.`?(\w+)`?/i;

/** The dataset that a statement makes; undefined for other statements. */
export function newSchema(
  sql: string,
): { readonly projectId: string; readonly datasetId: string } | undefined {
  const [, projectId, datasetId] = NEW_SCHEMA.exec(sql.replace(COMMENT, '')) ?? [];
  return projectId === undefined || datasetId === undefined ? undefined : { projectId, datasetId };
}
