import type { OAuthExchange } from '../grant-types.ts';
import { capabilityOf } from './capability.ts';
import { type CloudTrust, divided, ruleClauses, type TrustScope, valuesOf } from './clauses.ts';
import { jsonText } from './quoting.ts';

/**
 * What an identity provider must trust before it takes GitHub's token for one of its own, in the words of a federated
 * identity credential of Microsoft Entra; others ask for the same three facts.
 */
export function oauthTrust(scope: TrustScope, exchange: OAuthExchange): CloudTrust {
  const clauses = ruleClauses(scope, exchange.audience);
  const credentials = valuesOf(clauses, 'sub').map((subject, at) => ({
    name: at === 0 ? scope.rule.id : `${scope.rule.id}-${at + 1}`,
    issuer: scope.policy.issuer,
    subject,
    audiences: [exchange.audience],
  }));
  const statement =
    credentials.length === 0 ? '' : jsonText(credentials.length === 1 ? credentials[0] : credentials, 2);
  return { ...divided(clauses, capabilityOf('azure')), statement };
}
