import { plain } from '../../untrusted.ts';
import type { DatabricksGrant } from '../grant-types.ts';
import { capabilityOf } from './capability.ts';
import { type CloudTrust, divided, ruleClauses, type TrustScope, valuesOf } from './clauses.ts';
import { jsonText, shellWord } from './quoting.ts';

/**
 * Federation policies of a service principal. Databricks compares issuer, audience and one claim, here `sub`; a
 * policy has one subject. Source: Databricks, "Configure a federation policy".
 */
export function databricksTrust(scope: TrustScope, grant: DatabricksGrant): CloudTrust {
  const clauses = ruleClauses(scope, grant.audience);
  const commands = valuesOf(clauses, 'sub').map((subject) => {
    const policy = federationPolicy(scope.policy.issuer, grant.audience, subject);
    return `databricks account service-principal-federation-policy create SERVICE_PRINCIPAL_ID --json ${shellWord(jsonText(policy))}`;
  });
  const who = `# SERVICE_PRINCIPAL_ID: the number of the service principal with application id ${plain(grant.clientId)}`;
  return {
    ...divided(clauses, capabilityOf('databricks')),
    statement: commands.length === 0 ? '' : [who, ...commands].join('\n'),
  };
}

function federationPolicy(issuer: string, audience: string, subject: string) {
  return { oidc_policy: { issuer, audiences: [audience], subject, subject_claim: 'sub' } };
}
