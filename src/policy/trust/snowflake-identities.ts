import type { ClaimName } from '../../identity/claims.ts';
import type { SnowflakeGrant } from '../grant-types.ts';
import type { Rule } from '../policy.ts';
import { THREE } from './capability.ts';
import { valuesOf } from './clauses.ts';
import type { TrustClause } from './model.ts';
import { sqlName, sqlText } from './quoting.ts';

/** A named workload identity of a user: what a login must prove. */
export interface SnowflakeIdentity {
  readonly name: string;
  /** Everything after the name, in SQL. */
  readonly definition: string;
  /** Empty for a role of AWS. */
  readonly subject: string;
}

/** The identities that one rule gives to the user of its grant; none when the user logs in by way of OAuth. */
export function snowflakeIdentities(
  { login }: SnowflakeGrant,
  rule: Pick<Rule, 'id'>,
  checked: readonly TrustClause[],
): readonly SnowflakeIdentity[] {
  const name = identityName(rule.id);
  if (login.route === 'oauth') return [];
  if (login.route === 'aws') {
    const arn = login.aws.chain?.roleArn ?? login.aws.roleArn;
    return [{ name, definition: `TYPE=AWS ARN=${sqlText(arn)}`, subject: '' }];
  }
  const [issuer = ''] = valuesOf(checked, 'iss');
  const subjects = valuesOf(checked, 'sub');
  return subjects.map((subject, at) => ({
    name: subjects.length === 1 ? name : `${name}_${at + 1}`,
    definition: [
      'TYPE=OIDC',
      `ISSUER=${sqlText(issuer)}`,
      `SUBJECT=${sqlText(subject)}`,
      `OIDC_AUDIENCE_LIST=(${sqlText(login.audience)})`,
      ...claimList(checked),
    ].join('\n  '),
    subject,
  }));
}

/** The identity as a change of its user. */
export function addIdentity(user: string, { name, definition }: SnowflakeIdentity): string {
  return `ALTER USER ${sqlName(user)} ADD WORKLOAD IDENTITY ${sqlName(name)} ${definition}`;
}

/** Claims besides the three that Snowflake always compares. The syntax is that of a pending change and was not tried. */
function claimList(checked: readonly TrustClause[]): readonly string[] {
  const further = checked
    .filter(({ claim }) => !THREE.includes(claim))
    .map(({ claim }) => claimText(checked, claim));
  return further.length === 0 ? [] : [`CLAIMS=(${further.join(' ')})`];
}

function claimText(checked: readonly TrustClause[], claim: ClaimName): string {
  return `${claim}=${sqlText(valuesOf(checked, claim)[0] ?? '')}`;
}

/** `DEFAULT` is the name of the identity that CREATE USER gives. */
function identityName(ruleId: string): string {
  const name = ruleId.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?![A-Za-z_])/, '_');
  return name.toLowerCase() === 'default' ? `_${name}` : name;
}
