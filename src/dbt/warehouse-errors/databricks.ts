import type { DatabricksGrant } from '../../policy/grant-types.ts';
import { plain } from '../../untrusted.ts';
import { type Lack, lacks, nameParts } from './lack.ts';

/** Source: Databricks, error class INSUFFICIENT_PERMISSIONS; older servers say PERMISSION_DENIED with the same sentence. */
export function databricksProblem(message: string, grant: DatabricksGrant): Lack | undefined {
  const found =
    /does not have (?:permission )?([A-Z][A-Z_ ,]*?) on (\w+) ['`]?([^\s'`]+(?:`?\.`?[^\s'`]+)*)['`]?/.exec(
      message,
    );
  if (!found) {
    if (!/INSUFFICIENT_PERMISSIONS|PERMISSION_DENIED/.test(message)) return undefined;
    return lacks(`service principal ${grant.clientId}`, 'a privilege that the message names', '');
  }
  const [, privilege = '', type = '', name = ''] = found;
  const object = `${type.toUpperCase()} ${nameParts(name.replace(/\.$/, '')).map(quoted).join('.')}`;
  return lacks(
    `service principal ${grant.clientId}`,
    `${privilege} on ${type.toLowerCase()} ${name}`,
    `GRANT ${privilege} ON ${object} TO ${quoted(grant.clientId)};`,
  );
}

/** An identifier of Databricks SQL. */
function quoted(name: string): string {
  return `\`${plain(name, 500).replaceAll('`', '``')}\``;
}
