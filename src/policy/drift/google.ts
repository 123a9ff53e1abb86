import * as v from 'valibot';
import { plain } from '../../untrusted.ts';
import type { Box } from './box.ts';
import type { Deployed, DeployedFile, Reader } from './deployed.ts';
import { principalOfFile } from './file-name.ts';
import { jsonOf, readEach, shaped } from './foreign.ts';
import { memberBoxes, type PoolMember, PROVIDER, type Provider } from './google-provider.ts';
import { Unclear } from './unclear.ts';

const POLICY = v.looseObject({
  bindings: v.optional(
    v.array(
      v.looseObject({
        role: v.string(),
        members: v.optional(v.array(v.string()), []),
        condition: v.optional(v.unknown()),
      }),
    ),
    [],
  ),
  etag: v.string(),
});
const DATASET = v.looseObject({
  datasetReference: v.looseObject({ projectId: v.string(), datasetId: v.string() }),
  access: v.array(
    v.looseObject({
      role: v.optional(v.string(), ''),
      iamMember: v.optional(v.string()),
      condition: v.optional(v.unknown()),
    }),
  ),
});
/** Whoever has one of these on a service account gets its tokens. */
const ACTS = ['roles/iam.workloadIdentityUser', 'roles/iam.serviceAccountTokenCreator'];

interface Binding {
  readonly role: string;
  readonly member: string;
  readonly conditional: boolean;
}
type Part =
  | { readonly providers: readonly Provider[] }
  | { readonly principal: string; readonly file: DeployedFile; readonly bindings: readonly Binding[] };

/**
 * Providers of a pool (`gcloud iam workload-identity-pools providers describe` or `list`), allow policies of service
 * accounts (`gcloud iam service-accounts get-iam-policy`, the file is named for the account), and datasets
 * (`bq show --format=prettyjson`) for grants without a service account.
 */
export const readGoogle: Reader = (files, { principals }) => {
  const { read, faults } = readEach(files, (file): readonly Part[] => {
    const json = jsonOf(file);
    if (Array.isArray(json)) return [{ providers: shaped(v.array(PROVIDER), json, 'a list of providers') }];
    if (has(json, 'bindings') || has(json, 'etag')) {
      return [{ principal: principalOfFile(file.name, principals), file, bindings: accountBindings(json) }];
    }
    if (has(json, 'datasetReference')) return [{ file, ...datasetBindings(json) }];
    return [{ providers: [shaped(PROVIDER, json, 'a provider, an allow policy or a dataset')] }];
  });
  const providers = read.flatMap((part) => ('providers' in part ? part.providers : []));
  const deployed = read.flatMap((part) => {
    if (!('bindings' in part)) return [];
    const { principal, file, bindings } = part;
    return [{ principal, files: [file.name], ...tokensOf(bindings, providers) }];
  });
  return { deployed, faults };
};

function has(json: unknown, key: string): boolean {
  return typeof json === 'object' && json !== null && key in json;
}

function accountBindings(json: unknown): readonly Binding[] {
  return shaped(POLICY, json, 'an allow policy of IAM').bindings.flatMap(({ role, members, condition }) =>
    members.map((member) => ({ role, member, conditional: condition !== undefined })),
  );
}

/** Members of a dataset that are not tokens of a pool are people and groups of the warehouse: not this policy's. */
function datasetBindings(json: unknown): {
  readonly principal: string;
  readonly bindings: readonly Binding[];
} {
  const { datasetReference: own, access } = shaped(DATASET, json, 'a dataset');
  const bindings = access.flatMap(({ iamMember, condition }) =>
    iamMember !== undefined && POOL.test(iamMember)
      ? [{ role: ACTS[0] ?? '', member: iamMember, conditional: condition !== undefined }]
      : [],
  );
  return { principal: `${own.projectId}:${own.datasetId}`, bindings };
}

function tokensOf(
  bindings: readonly Binding[],
  providers: readonly Provider[],
): Pick<Deployed, 'boxes' | 'unclear'> {
  const unclear = new Set<string>();
  const attempt = (read: () => readonly Box[]): readonly Box[] => {
    try {
      return read();
    } catch (cause) {
      if (!(cause instanceof Unclear)) throw cause;
      unclear.add(cause.message);
      return [];
    }
  };
  const boxes = bindings.flatMap((binding) =>
    attempt(() => {
      const member = poolMember(binding);
      const own = providers.filter(({ name }) => name.startsWith(`${member.pool}/providers/`));
      if (own.length === 0) throw new Unclear(`no file of a provider of ${plain(member.pool)}`);
      return own.flatMap((provider) => attempt(() => memberBoxes(provider, member)));
    }),
  );
  return { boxes, unclear: [...unclear] };
}

const POOL =
  /^principal(Set)?:\/\/iam\.googleapis\.com\/(projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/]+)\/(.+)$/;

/** Source: Google Cloud, "Principal identifiers for allow policies". */
function poolMember({ role, member, conditional }: Binding): PoolMember {
  const shown = `role ${plain(role, 100)} for ${plain(member, 300)}`;
  const [, set, pool = '', rest = ''] = POOL.exec(member) ?? [];
  if (pool === '' || !ACTS.includes(role))
    throw new Unclear(`there is ${shown}, which the policy does not ask for`);
  if (conditional) throw new Unclear(`there is a condition on ${shown}`);
  if (set !== undefined && rest === '*') return { pool, value: '' };
  const [kind = '', ...value] = rest.split('/');
  if (set === undefined && kind === 'subject')
    return { pool, attribute: 'google.subject', value: value.join('/') };
  if (set !== undefined && kind.startsWith('attribute.'))
    return { pool, attribute: kind, value: value.join('/') };
  throw new Unclear(`${shown} is not understood`);
}
