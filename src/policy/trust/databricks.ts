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
  const commands = valuesOf(clauses, 'sub').map((subject) =>
    createFederationPolicy(federationPolicy(scope.policy.issuer, grant.audience, subject)),
  );
  const who = principalId(grant.clientId);
  return {
    ...divided(clauses, capabilityOf('databricks')),
    statement: commands.length === 0 ? '' : [who, ...commands].join('\n'),
  };
}

/** What `SERVICE_PRINCIPAL_ID` stands for in the commands. */
export function principalId(clientId: string): string {
  return `# SERVICE_PRINCIPAL_ID: the number of the service principal with application id ${plain(clientId)}`;
}

export function createFederationPolicy(policy: object): string {
  return `databricks account service-principal-federation-policy create SERVICE_PRINCIPAL_ID --json ${shellWord(jsonText(policy))}`;
}

/** One subject of one issuer, for one audience. */
export function federationPolicy(issuer: string, audience: string, subject: string): object {
  return { oidc_policy: { issuer, audiences: [audience], subject, subject_claim: 'sub' } };
}
