import type { PostgresGrant, RedshiftGrant } from '../../policy/grant-types.ts';
import { quotedName } from '../../policy/trust/quoting.ts';
import { type Lack, lacks, nameParts } from './lack.ts';

/** Source: PostgreSQL, error 42501 insufficient_privilege; Redshift has the same words. RDS: "PAM authentication failed". */
export function postgresProblem(message: string, grant: PostgresGrant | RedshiftGrant): Lack | undefined {
  const user = userOf(grant);
  const denied =
    /permission denied for (schema|database|table|relation|view|sequence) ("[^"\n]+"|[\w$.]+)/i.exec(message);
  if (denied) {
    const kind = (denied[1] ?? '').toLowerCase();
    const name = denied[2] ?? '';
    const { privilege, object } = NEEDED[kind] ?? { privilege: 'SELECT', object: 'TABLE' };
    const statement = `GRANT ${privilege} ON ${object} ${pathOf(name)} TO ${nameOf(user)};`;
    return lacks(`user ${user}`, `${privilege} on ${kind} ${name}`, statement);
  }
  const owner = /must be owner of (?:\w+ )?("[^"\n]+"|[\w$.]+)\s*$/im.exec(message);
  if (owner) {
    const name = owner[1] ?? '';
    return lacks(
      `user ${user}`,
      `ownership of ${name}`,
      `ALTER TABLE ${pathOf(name)} OWNER TO ${nameOf(user)};`,
    );
  }
  if (/PAM authentication failed/i.test(message)) {
    const problem = `The database did not take the password from IAM: user ${user} lacks the role rds_iam, or the IAM role lacks rds-db:connect.`;
    return { problem, statement: `GRANT rds_iam TO ${nameOf(user)};` };
  }
  return undefined;
}

const NEEDED: Readonly<Record<string, { privilege: string; object: string }>> = {
  schema: { privilege: 'USAGE, CREATE', object: 'SCHEMA' },
  database: { privilege: 'CREATE, TEMPORARY', object: 'DATABASE' },
  sequence: { privilege: 'USAGE', object: 'SEQUENCE' },
};

/** Redshift names the user of an IAM role after it. */
function userOf(grant: PostgresGrant | RedshiftGrant): string {
  return grant.kind === 'postgres' ? grant.user : `IAMR:${grant.aws.roleArn.split('/').at(-1)}`;
}

function pathOf(name: string): string {
  return nameParts(name).map(nameOf).join('.');
}

/** PostgreSQL folds what is not quoted to lower case. */
function nameOf(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : quotedName(name);
}
