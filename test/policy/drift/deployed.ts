import { readFileSync } from 'node:fs';
import type { DeployedFile } from '../../../src/policy/drift/deployed.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import { trustedRoles } from '../../../src/policy/trust/aws-roles.ts';
import type { TrustOptions } from '../../../src/policy/trust/capability.ts';
import { bindingsOf } from '../../../src/policy/trust/google-bindings.ts';
import { googleProviders } from '../../../src/policy/trust/google-providers.ts';
import { renderKeycloak } from '../../../src/policy/trust/keycloak.ts';
import { renderKong } from '../../../src/policy/trust/kong.ts';
import type { Target } from '../../../src/policy/trust/model.ts';
import { principalsOf } from '../../../src/policy/trust/principals.ts';
import { renderTrust } from '../../../src/policy/trust/render.ts';
import type { RenderRequest } from '../../../src/policy/trust/rendered.ts';
import { trustedUsers } from '../../../src/policy/trust/snowflake-users.ts';

export const EVERYTHING = readFileSync(new URL('../trust/everything.yml', import.meta.url), 'utf8');
const REALM = 'https://keycloak.example/realms/dbt';

/** Targets whose files are read, each with the options that it needs. */
export const COMPARED = {
  aws: {},
  gcp: {},
  snowflake: {},
  databricks: {},
  azure: {},
  vault: { audience: 'vault.example' },
  keycloak: { audience: REALM },
  kong: { audience: 'kong.example' },
} as const satisfies Partial<Record<Target, TrustOptions>>;
export type Compared = keyof typeof COMPARED;

/** What each command would print if all that is rendered were applied. */
export function deployed(
  policy: Policy,
  target: Compared,
  options: TrustOptions = COMPARED[target],
): DeployedFile[] {
  const all = principalsOf(policy, target, options);
  const request: RenderRequest = { policy, principals: all, all, options };
  switch (target) {
    case 'aws':
      return awsFiles(request);
    case 'gcp':
      return googleFiles(request);
    case 'snowflake':
      return snowflakeFiles(request);
    case 'vault':
      return vaultFiles(request);
    case 'keycloak':
      return renderKeycloak({ ...request, options: { audience: REALM } }).files.map((file) => ({ ...file }));
    case 'kong':
      return renderKong(request).files.map((file) => ({ ...file }));
    default:
      return renderTrust(policy, target, options)
        .files.filter(({ name }) => name.endsWith('.json'))
        .map((file) => ({ ...file }));
  }
}

function json(name: string, value: unknown): DeployedFile {
  return { name: `${name}.json`, text: JSON.stringify(value, null, 2) };
}

function awsFiles(request: RenderRequest): DeployedFile[] {
  const { files } = renderTrust(request.policy, 'aws', request.options);
  return trustedRoles(request).flatMap(({ arn, maxSession }, at) => {
    const [, , , , account = '', resource = ''] = arn.split(':');
    const role = resource.split('/').at(-1) ?? '';
    const trust = files.find(({ name }) => name === `${account}-${role}.trust.json`);
    if (trust === undefined) return [];
    const document = JSON.parse(trust.text);
    // The command line prints an object, the API text.
    const shown = at % 2 === 0 ? document : encodeURIComponent(JSON.stringify(document));
    return [
      json(role, {
        Role: {
          Path: '/',
          RoleName: role,
          Arn: arn,
          AssumeRolePolicyDocument: shown,
          MaxSessionDuration: maxSession,
        },
      }),
    ];
  });
}

function googleFiles(request: RenderRequest): DeployedFile[] {
  const providers = googleProviders(request).map(
    ({ project, pool, id, issuer, audiences, mapping, condition }) => ({
      name: `projects/${project}/locations/global/workloadIdentityPools/${pool}/providers/${id}`,
      displayName: id,
      state: 'ACTIVE',
      oidc: { issuerUri: issuer, allowedAudiences: audiences },
      attributeMapping: Object.fromEntries(mapping),
      attributeCondition: condition,
    }),
  );
  const people = request.principals.map(({ name, ways }) => {
    const bindings = ways.flatMap(({ rule, grant }) =>
      grant.kind === 'bigquery' ? bindingsOf(rule, grant) : [],
    );
    const dataset = bindings.flatMap(({ on, member }) => (on.kind === 'dataset' ? [{ on, member }] : []));
    const [first] = dataset;
    if (first === undefined) {
      const own = bindings.filter(({ on }) => on.kind === 'account' && on.account === name);
      return json(name, {
        bindings: [...Map.groupBy(own, ({ role }) => role)].map(([role, each]) => ({
          role,
          members: [...new Set(each.map(({ member }) => member))],
        })),
        etag: 'BwYxExample=',
        version: 1,
      });
    }
    return json('dataset', {
      kind: 'bigquery#dataset',
      datasetReference: { projectId: first.on.project, datasetId: first.on.dataset },
      access: [
        { role: 'OWNER', specialGroup: 'projectOwners' },
        ...dataset.map(({ member }) => ({ role: 'WRITER', iamMember: member })),
      ],
    });
  });
  return [...(providers.length === 0 ? [] : [json('pool', providers)]), ...people];
}

function snowflakeFiles(request: RenderRequest): DeployedFile[] {
  return trustedUsers(request).flatMap(({ account, user, identities }) => {
    if (identities.length === 0) return [];
    const rows = identities.map(({ name, definition }) => {
      const text = (key: string) =>
        new RegExp(`${key}=\\(?'((?:[^']|'')*)'`).exec(definition)?.[1]?.replaceAll("''", "'") ?? '';
      const [, awsPartition = '', , , awsAccount = '', role = ''] = text('ARN').split(':');
      const aws = { awsPartition, awsAccount, type: 'IAM_ROLE', iamRole: role.replace('role/', '') };
      const oidc = {
        issuer: text('ISSUER'),
        subject: text('SUBJECT'),
        audienceList: [text('OIDC_AUDIENCE_LIST')],
      };
      const isAws = definition.startsWith('TYPE=AWS');
      return {
        name,
        type: isAws ? 'AWS' : 'OIDC',
        comment: null,
        last_used: null,
        created_on: '2026-11-01 09:00:00.000 -0800',
        additional_info: JSON.stringify(isAws ? aws : oidc),
      };
    });
    return [json(`${account}_${user}`, rows)];
  });
}

function vaultFiles({ policy, options }: RenderRequest): DeployedFile[] {
  const roles = renderTrust(policy, 'vault', options).files.filter(({ name }) => name.endsWith('.json'));
  const config = {
    bound_issuer: policy.issuer,
    oidc_discovery_url: policy.issuer,
    jwks_url: '',
    jwt_validation_pubkeys: [],
  };
  const read = (data: unknown) => ({ request_id: '7d0c', lease_id: '', renewable: false, data });
  return [
    json('config', read(config)),
    ...roles.map(({ name, text }) =>
      json(
        name.replace(/\.json$/, ''),
        read({
          ...JSON.parse(text),
          // Written as a duration, read as seconds.
          token_explicit_max_ttl: Number.parseInt(JSON.parse(text).token_explicit_max_ttl, 10),
          bound_subject: '',
          token_bound_cidrs: [],
          verbose_oidc_logging: false,
        }),
      ),
    ),
  ];
}
