/** A realm's file, as far as the renderer writes one. */
interface Realm {
  readonly realm: string;
  readonly identityProviders: readonly Provider[];
  readonly clients: readonly Client[];
}

interface Provider {
  readonly alias: string;
  readonly providerId: string;
  readonly enabled: boolean;
  readonly config: Readonly<Record<string, string>>;
}

export interface Client {
  readonly clientId: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly publicClient: boolean;
  readonly clientAuthenticatorType: string;
  readonly serviceAccountsEnabled: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * The client that a token is an assertion of, in a realm with an address. Source: Keycloak, Server Administration Guide,
 * "Federated client authentication", and the answers of 26.7.5: the provider by `iss`, the client by its alias and `sub`, byte for
 * byte, and the only audience is the realm. Throws when two clients have one subject, as Keycloak then fails.
 */
export function clientOf(
  written: unknown,
  url: string,
  claims: ReadonlyMap<string, unknown>,
): Client | undefined {
  const { realm, identityProviders, clients } = written as Realm;
  if (claims.get('aud') !== `${url}/realms/${realm}`) return undefined;
  const provider = identityProviders.find(({ config }) => config['issuer'] === claims.get('iss'));
  if (provider === undefined || !provider.enabled || provider.providerId !== 'oidc') return undefined;
  const { validateSignature, useJwksUrl, supportsClientAssertions } = provider.config;
  if ([validateSignature, useJwksUrl, supportsClientAssertions].some((set) => set !== 'true'))
    return undefined;
  const found = clients.filter(
    ({ attributes }) =>
      attributes['jwt.credential.issuer'] === provider.alias &&
      attributes['jwt.credential.sub'] === claims.get('sub'),
  );
  if (found.length > 1) throw new Error('two clients of one subject');
  return found.find(
    ({ enabled, publicClient, serviceAccountsEnabled, clientAuthenticatorType: type }) =>
      enabled && !publicClient && serviceAccountsEnabled && type === 'federated-jwt',
  );
}
