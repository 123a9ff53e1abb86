import * as v from 'valibot';
import { plain } from '../../untrusted.ts';
import type { Box } from './box.ts';
import type { Deployed, Reader, ReadingContext } from './deployed.ts';
import { exactBox } from './exact.ts';
import { jsonOf, readEach, shaped } from './foreign.ts';
import { values } from './text-set.ts';

const PROVIDER = v.looseObject({
  alias: v.string(),
  providerId: v.string(),
  enabled: v.optional(v.boolean(), true),
  config: v.record(v.string(), v.string()),
});
const CLIENT = v.looseObject({
  clientId: v.string(),
  enabled: v.optional(v.boolean(), true),
  publicClient: v.optional(v.boolean(), false),
  clientAuthenticatorType: v.optional(v.string(), 'client-secret'),
  serviceAccountsEnabled: v.optional(v.boolean(), false),
  standardFlowEnabled: v.optional(v.boolean(), true),
  implicitFlowEnabled: v.optional(v.boolean(), false),
  directAccessGrantsEnabled: v.optional(v.boolean(), false),
  attributes: v.optional(v.record(v.string(), v.string()), {}),
});
const REALM = v.looseObject({
  realm: v.string(),
  clients: v.optional(v.array(CLIENT), []),
  identityProviders: v.optional(v.array(PROVIDER), []),
});
type Client = v.InferOutput<typeof CLIENT>;
type Provider = v.InferOutput<typeof PROVIDER>;
interface Part {
  readonly clients: readonly Client[];
  readonly providers: readonly Provider[];
  readonly file: string;
  /** Only clients that authenticate by another issuer are told of: a whole realm has many others. */
  readonly whole: boolean;
}

/**
 * Clients and identity providers as `kcadm.sh get clients` and `get identity-provider/instances` print them, or a whole
 * realm as `kc.sh export` does. `aud` is the address of the realm, which no export holds and no client can change.
 */
export const readKeycloak: Reader = (files, context) => {
  const { read, faults } = readEach(files, (file): readonly Part[] => {
    const json = jsonOf(file);
    if (is(json, 'realm')) {
      const { clients, identityProviders: providers } = shaped(REALM, json, 'a realm');
      return [{ clients, providers, file: file.name, whole: true }];
    }
    return (Array.isArray(json) ? json : [json]).map((each: unknown) =>
      is(each, 'providerId')
        ? {
            clients: [],
            providers: [shaped(PROVIDER, each, 'an identity provider')],
            file: file.name,
            whole: false,
          }
        : {
            clients: [shaped(CLIENT, each, 'a client, an identity provider or a realm')],
            providers: [],
            file: file.name,
            whole: false,
          },
    );
  });
  const providers = read.flatMap((part) => part.providers);
  const deployed = read.flatMap(({ clients, file, whole }) =>
    clients
      .filter((client) => !whole || client.clientAuthenticatorType === 'federated-jwt')
      .map((client) => clientOf(client, file, providers, context)),
  );
  return { deployed, faults };
};

function is(json: unknown, key: string): boolean {
  return typeof json === 'object' && json !== null && key in json;
}

function clientOf(
  client: Client,
  file: string,
  providers: readonly Provider[],
  context: ReadingContext,
): Deployed {
  const { clientId, enabled, serviceAccountsEnabled, attributes } = client;
  const provider = providers.find(({ alias }) => alias === attributes['jwt.credential.issuer']);
  const unclear = [
    ...otherWays(client),
    ...(provider === undefined ? ['no file of its identity provider'] : foreignKeys(provider)),
  ];
  const off =
    !enabled ||
    !serviceAccountsEnabled ||
    provider?.enabled === false ||
    provider?.config['supportsClientAssertions'] !== 'true';
  const boxes = off || provider === undefined ? [] : [box(client, provider, context)];
  return { principal: clientId, files: [file], boxes, unclear: unclear.map((text) => plain(text)) };
}

function box({ attributes }: Client, { config }: Provider, { options }: ReadingContext): Box {
  const own = config['allowClientIdAsAudience'] === 'true' ? [config['clientId'] ?? ''] : [];
  return exactBox({
    issuer: config['issuer'] ?? '',
    audiences: [options.audience ?? '', ...own],
    subject: values(attributes['jwt.credential.sub'] ?? ''),
  });
}

function otherWays(client: Client): readonly string[] {
  const { clientAuthenticatorType: type } = client;
  return [
    ...(type === 'federated-jwt' ? [] : [`the client authenticates by ${type}`]),
    ...(client.publicClient ? ['the client is public'] : []),
    ...(['standardFlowEnabled', 'implicitFlowEnabled', 'directAccessGrantsEnabled'] as const)
      .filter((flow) => client[flow])
      .map((flow) => `${flow} lets users in`),
  ];
}

function foreignKeys({ providerId, config }: Provider): readonly string[] {
  const issuer = config['issuer'] ?? '';
  const own =
    config['useJwksUrl'] === 'true' && (config['jwksUrl'] ?? '').startsWith(`${issuer}/`) && issuer !== '';
  return [
    ...(providerId === 'oidc' ? [] : [`the identity provider is of type ${providerId}`]),
    ...(config['validateSignature'] === 'true' ? [] : ['the identity provider checks no signature']),
    ...(own ? [] : ['the identity provider takes keys that are not those of its issuer']),
  ];
}
