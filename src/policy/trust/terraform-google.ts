import { bindingsOf, type GoogleBinding } from './google-bindings.ts';
import type { GoogleProvider } from './google-provider.ts';
import { googleProblems, googleProviders } from './google-providers.ts';
import { block, expression, label, nested } from './hcl.ts';
import type { RenderRequest, Written } from './rendered.ts';

/** Pool, providers and bindings as resources of the Terraform provider `hashicorp/google`. */
export function terraformGoogle(request: RenderRequest): Written {
  const providers = googleProviders(request);
  const pools = new Map(providers.map((provider) => [poolLabel(provider), provider]));
  const ways = request.principals.flatMap((principal) => principal.ways);
  const bindings = ways.flatMap(({ rule, grant }) =>
    grant.kind === 'bigquery' ? bindingsOf(rule, grant) : [],
  );
  const unique = [...new Map(bindings.map((binding) => [JSON.stringify(binding), binding])).values()];
  const blocks = [
    ...[...pools.values()].map(poolBlock),
    ...providers.map(providerBlock),
    ...unique.map((binding, at) => bindingBlock(binding, `dbt_${at + 1}`)),
  ];
  const files = blocks.length === 0 ? [] : [{ name: 'gcp.tf', text: blocks.join('\n') }];
  return { files, problems: googleProblems(request) };
}

function poolBlock({ project, pool }: GoogleProvider): string {
  return block('resource', ['google_iam_workload_identity_pool', poolLabel({ project, pool })], {
    project,
    workload_identity_pool_id: pool,
  });
}

function poolLabel({ project, pool }: Pick<GoogleProvider, 'project' | 'pool'>): string {
  return label(`${pool}_${project}`);
}

function providerBlock(provider: GoogleProvider): string {
  const { project, id, issuer, audiences, mapping, condition } = provider;
  return block(
    'resource',
    ['google_iam_workload_identity_pool_provider', `${poolLabel(provider)}_${label(id)}`],
    {
      project,
      workload_identity_pool_id: expression(
        `google_iam_workload_identity_pool.${poolLabel(provider)}.workload_identity_pool_id`,
      ),
      workload_identity_pool_provider_id: id,
      attribute_mapping: Object.fromEntries(mapping),
      attribute_condition: condition,
      oidc: nested({ issuer_uri: issuer, allowed_audiences: audiences }),
    },
  );
}

function bindingBlock({ on, role, member }: GoogleBinding, name: string): string {
  switch (on.kind) {
    case 'project':
      return block('resource', ['google_project_iam_member', name], { project: on.project, role, member });
    case 'dataset':
      return block('resource', ['google_bigquery_dataset_iam_member', name], {
        project: on.project,
        dataset_id: on.dataset,
        role,
        member,
      });
    case 'account': {
      const [, project = '-'] = /@([^.]+)\.iam\.gserviceaccount\.com$/.exec(on.account) ?? [];
      return block('resource', ['google_service_account_iam_member', name], {
        service_account_id: `projects/${project}/serviceAccounts/${on.account}`,
        role,
        member,
      });
    }
  }
}
