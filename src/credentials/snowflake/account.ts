import type { Endpoints } from '../endpoints.ts';

/**
 * Where an account is reached. A host name has no underscores, and the regions in China have a domain of their own.
 * Source: https://docs.snowflake.com/en/user-guide/organizations-connect
 */
export function accountOrigin(account: string, endpoints: Endpoints): string {
  const name = account.toLowerCase().replaceAll('_', '-');
  const domain = /\.cn-/.test(name) ? 'snowflakecomputing.cn' : 'snowflakecomputing.com';
  return endpoints.snowflake ?? `https://${name}.${domain}`;
}

/**
 * Whether an account identifier means the account that answered: `organization-name` against both names, an old
 * style `locator.region` against the locator.
 */
export function isSameAccount(
  identifier: string,
  answered: { readonly account: string; readonly accountName: string },
): boolean {
  const spelled = (text: string) => text.toLowerCase().replaceAll('_', '-');
  const [wanted] = spelled(identifier).split('.');
  return wanted === spelled(answered.accountName) || wanted === spelled(answered.account);
}
