import type { SnowflakeGrant } from '../../policy/grant-types.ts';
import { sqlName } from '../../policy/trust/quoting.ts';
import { type Lack, lacks, nameParts } from './lack.ts';

/** What dbt needs of an object, by its type. */
const NEEDED: Readonly<Record<string, string>> = {
  DATABASE: 'USAGE, CREATE SCHEMA',
  SCHEMA: 'USAGE, CREATE TABLE, CREATE VIEW',
  TABLE: 'SELECT',
  VIEW: 'SELECT',
  WAREHOUSE: 'USAGE',
};

/** Source: Snowflake's errors 003001 (insufficient privileges), 002003 and 002043 (does not exist or not authorized), 000606. */
export function snowflakeProblem(message: string, grant: SnowflakeGrant): Lack | undefined {
  // Newer servers name the privilege themselves.
  const named = /must have ([A-Z][A-Z ]*) granted on ([A-Z]+) ([^\s]+?)\.?(?:\s|$)/.exec(message);
  if (named) return lack(grant, named[2] ?? '', named[3] ?? '', named[1] ?? '');
  const denied = /Insufficient privileges to operate on ([a-z]+) '([^'\n]+)'/i.exec(message);
  if (denied) return lack(grant, denied[1] ?? '', denied[2] ?? '');
  const hidden = /\b([A-Za-z]+) '([^'\n]+)' does not exist or not authorized/.exec(message);
  if (hidden) return lack(grant, hidden[1] ?? '', hidden[2] ?? '', undefined, ', or it does not exist');
  if (/No active warehouse selected/i.test(message)) return lack(grant, 'WAREHOUSE', grant.warehouse);
  return undefined;
}

function lack(grant: SnowflakeGrant, type: string, name: string, privilege?: string, doubt = ''): Lack {
  // "Object" is a table or a view: the grant on a table covers the commoner of the two.
  const kind = type.toUpperCase() === 'OBJECT' ? 'TABLE' : type.toUpperCase();
  const privileges = privilege ?? NEEDED[kind];
  const path = qualified(kind, nameParts(name), grant);
  const on = `${kind.toLowerCase()} ${path.join('.')}`;
  const statement = `GRANT ${privileges} ON ${kind} ${path.map(sqlName).join('.')} TO ROLE ${sqlName(grant.role)};`;
  return lacks(
    `role ${grant.role}`,
    `${privileges ?? 'a privilege'} on ${on}${doubt}`,
    privileges === undefined ? '' : statement,
  );
}

/** Messages leave out the database and the schema of the session. */
function qualified(kind: string, parts: readonly string[], grant: SnowflakeGrant): readonly string[] {
  const session = kind === 'SCHEMA' ? [grant.database] : [grant.database, grant.schema];
  if (kind === 'DATABASE' || kind === 'WAREHOUSE') return parts;
  return [...session.slice(0, Math.max(0, session.length + 1 - parts.length)), ...parts];
}
