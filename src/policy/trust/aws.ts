import type { AwsRole } from '../grant-types.ts';
import { capabilityOf } from './capability.ts';
import { type CloudTrust, divided, ruleClauses, type TrustScope, valuesOf } from './clauses.ts';
import type { TrustClause } from './model.ts';
import { jsonText, shellWord } from './quoting.ts';

/**
 * The trust policy of an IAM role. `StringEquals` only: `StringLike` has a `*` that crosses every separator, and
 * `ForAllValues:` holds when the claim is absent. So a pattern of a ref is left to the action.
 */
export function awsTrust(scope: TrustScope, role: AwsRole): CloudTrust {
  const clauses = ruleClauses(scope, role.audience);
  const { checked, unchecked } = divided(clauses, capabilityOf('aws'));
  const open = !checked.some(({ claim }) => claim === 'sub');
  const statement = open
    ? ''
    : jsonText(trustDocument([awsStatement(scope.policy.issuer, role, checked)]), 2);
  return { checked, unchecked, statement };
}

/** A policy document of IAM. */
export function trustDocument(statements: readonly object[]): object {
  return { Version: '2012-10-17', Statement: statements };
}

/** One way to a role: everything that a token must have. */
export function awsStatement(issuer: string, role: AwsRole, checked: readonly TrustClause[]): object {
  const provider = providerPath(issuer);
  const conditions = checked
    .filter(({ claim }) => claim !== 'iss')
    .map(({ claim }) => [`${provider}:${claim}`, oneOrList(valuesOf(checked, claim))] as const);
  return allow(
    { Federated: awsProviderArn(issuer, role.roleArn) },
    'sts:AssumeRoleWithWebIdentity',
    Object.fromEntries(conditions),
  );
}

/** The trust of the second role of a chain, which takes the session's tags and its source identity. */
export function awsChainTrust(role: AwsRole): string {
  return jsonText(trustDocument([awsChainStatement(role)]), 2);
}

export function awsChainStatement(role: AwsRole): object {
  const externalId = role.chain?.externalId;
  return allow(
    { AWS: role.roleArn },
    CHAIN_ACTIONS,
    externalId === undefined ? {} : { 'sts:ExternalId': externalId },
  );
}

/** What the first role of a chain must be allowed, and the second must let it. */
export const CHAIN_ACTIONS = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];

/** The command that makes GitHub's issuer known to the account of the role. */
export function awsProvider({ policy }: Pick<TrustScope, 'policy'>, role: Pick<AwsRole, 'audience'>): string {
  return `aws iam create-open-id-connect-provider --url ${shellWord(policy.issuer)} --client-id-list ${shellWord(role.audience)}`;
}

/** The command that lets the account's provider take the audience. */
export function awsProviderAudience({ policy }: TrustScope, role: AwsRole): string {
  return audienceCommand(policy.issuer, role.roleArn, role.audience);
}

/** The same for the account of any role. */
export function audienceCommand(issuer: string, roleArn: string, audience: string): string {
  const arn = shellWord(awsProviderArn(issuer, roleArn));
  return `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${arn} --client-id ${shellWord(audience)}`;
}

function awsProviderArn(issuer: string, roleArn: string): string {
  const [arn = '', partition = '', , , account = ''] = roleArn.split(':');
  return `${arn}:${partition}:iam::${account}:oidc-provider/${providerPath(issuer)}`;
}

/** An issuer as IAM names it: host and path, with the slug of an enterprise. */
export function providerPath(issuer: string): string {
  return issuer.slice(issuer.indexOf('://') + 3);
}

function allow(principal: object, action: string | readonly string[], equals: object): object {
  const condition = Object.keys(equals).length === 0 ? {} : { Condition: { StringEquals: equals } };
  return { Effect: 'Allow', Principal: principal, Action: action, ...condition };
}

function oneOrList(values: readonly string[]): string | readonly string[] {
  const [first = '', ...more] = values;
  return more.length === 0 ? first : values;
}
