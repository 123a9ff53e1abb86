import type { BigQueryGrant } from '../grant-types.ts';
import { capabilityOf } from './capability.ts';
import { celCondition } from './cel.ts';
import { anyRefOf, type CloudTrust, divided, ruleClauses, type TrustScope } from './clauses.ts';
import { bindingsOf, type GoogleBinding } from './google-bindings.ts';
import { type GoogleProvider, mappingOf, partsOf } from './google-provider.ts';
import { shellWord } from './quoting.ts';

/** Mapping and condition of a workload identity pool provider, and who may act as the service account. */
export function googleTrust(scope: TrustScope, grant: BigQueryGrant): CloudTrust {
  const { checked, unchecked } = googleTrustClauses(scope, grant);
  const commands = [googleProvider(scope, grant), googleBindings(scope, grant)];
  return { checked, unchecked, statement: commands.join('\n') };
}

function googleTrustClauses(
  scope: TrustScope,
  grant: BigQueryGrant,
): Pick<CloudTrust, 'checked' | 'unchecked'> {
  const clauses = ruleClauses(scope, grant.audience).map((clause) => anyRefOf(clause, scope.rule));
  return divided(clauses, capabilityOf('gcp'));
}

/** The command that sets the provider up as the rule needs it. A provider can serve several rules. */
export function googleProvider(
  scope: TrustScope,
  grant: BigQueryGrant,
  verb: 'update-oidc' | 'create-oidc' = 'update-oidc',
): string {
  const provider = {
    ...partsOf(grant.provider),
    issuer: scope.policy.issuer,
    audiences: [grant.audience],
    mapping: mappingOf([scope.rule]),
    condition: googleCondition(scope, grant),
  };
  return `# If other rules use this provider, join their conditions with ||.\n${providerCommand(provider, verb)}`;
}

/** The rule as an attribute condition in CEL. Issuer and audience are fields of the provider. */
export function googleCondition(scope: TrustScope, grant: BigQueryGrant): string {
  return celCondition(googleTrustClauses(scope, grant).checked);
}

/** Who may act as the service account, or as themselves on the dataset. */
export function googleBindings({ rule }: TrustScope, grant: BigQueryGrant): string {
  return bindingsOf(rule, grant).map(bindingCommand).join('\n');
}

/** The command that makes or changes a provider. */
export function providerCommand(provider: GoogleProvider, verb: 'update-oidc' | 'create-oidc'): string {
  const mapping = provider.mapping.map(([attribute, expression]) => `${attribute}=${expression}`).join(',');
  return [
    `gcloud iam workload-identity-pools providers ${verb} ${shellWord(provider.id)}`,
    `  --project=${shellWord(provider.project)} --location=global --workload-identity-pool=${shellWord(provider.pool)}`,
    `  --issuer-uri=${shellWord(provider.issuer)} --allowed-audiences=${shellWord(provider.audiences.join(','))}`,
    `  --attribute-mapping=${shellWord(mapping)}`,
    `  --attribute-condition=${shellWord(provider.condition)}`,
  ].join(' \\\n');
}

/** The command that adds a member to an allow policy. */
export function bindingCommand({ on, role, member }: GoogleBinding): string {
  const who = `--member=${shellWord(member)}`;
  switch (on.kind) {
    case 'project':
      return `gcloud projects add-iam-policy-binding ${shellWord(on.project)} --role=${role} ${who}`;
    case 'dataset':
      return `bq add-iam-policy-binding ${who} --role=${role} ${shellWord(`${on.project}:${on.dataset}`)}`;
    case 'account':
      return `gcloud iam service-accounts add-iam-policy-binding ${shellWord(on.account)} \\\n  --role=${role} ${who}`;
  }
}
