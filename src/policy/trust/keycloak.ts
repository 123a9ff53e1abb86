import { PassportError } from '../../errors.ts';
import { type FederatedSubject, federatedSubjects, subjectProblems } from './keycloak-clients.ts';
import type { KeycloakOptions } from './keycloak-options.ts';
import { jsonText } from './quoting.ts';
import type { RenderRequest, TrustProblem, Written } from './rendered.ts';

/** Names the identity provider inside the realm; clients refer to it. */
const ALIAS = 'github-actions';
/** Keycloak wants these and a provider that nobody logs in with never uses them. */
const UNUSED = 'https://unused.invalid';

/**
 * A realm of Keycloak, 26.6 or later, as its import takes it: GitHub as an identity provider for clients and one
 * confidential client for each subject, which gets access tokens by client_credentials and nothing else.
 * The audience is the realm's address, which is what Keycloak wants in `aud`. Throws ERR_INPUT_INVALID when it is none.
 * Sources: Keycloak, Server Administration Guide, "Federated client authentication"; tried with 26.7.5.
 */
export function renderKeycloak(request: RenderRequest): Written {
  const { policy, options } = request;
  const subjects = federatedSubjects(request);
  const name = realmOf(options.audience ?? '');
  const realm = {
    realm: name,
    enabled: true,
    sslRequired: 'external',
    identityProviders: [identityProvider(policy.issuer)],
    clients: subjects.map((subject) => client(subject, options.receivers ?? [])),
  };
  // The importer wants the realm's name before `-realm.json`.
  const files = [{ name: `${name}-realm.json`, text: `${importable(realm)}\n` }];
  return { files, problems: [...subjectProblems(request, subjects), ...receiverProblems(options)] };
}

/** The importer replaces `${NAME}` by a variable of its environment before it reads JSON. */
function importable(realm: object): string {
  return jsonText(realm, 2).replaceAll('$', '\\u0024');
}

function realmOf(audience: string): string {
  const name = /^https?:\/\/[^?#]+\/realms\/([A-Za-z0-9._-]+)$/.exec(audience)?.[1];
  if (name !== undefined) return name;
  throw new PassportError('ERR_INPUT_INVALID', 'expected the address of a realm as the audience', {
    hint: 'Give --audience https://keycloak.example/realms/dbt: Keycloak takes a token whose only audience is the issuer of the realm.',
  });
}

/** A token is good for one exchange (`jti`), and for ten minutes after it was issued at most. */
function identityProvider(issuer: string): object {
  return {
    alias: ALIAS,
    providerId: 'oidc',
    enabled: true,
    hideOnLogin: true,
    linkOnly: true,
    config: {
      issuer,
      useJwksUrl: 'true',
      jwksUrl: `${issuer}/.well-known/jwks`,
      validateSignature: 'true',
      supportsClientAssertions: 'true',
      supportsClientAssertionReuse: 'false',
      federatedClientAssertionMaxExpiration: '600',
      authorizationUrl: UNUSED,
      tokenUrl: UNUSED,
      clientId: 'unused',
      clientSecret: 'unused',
    },
  };
}

/** The subject is the client's id too, so that `azp` of an access token says who asked for it. */
function client(
  { sub, repository, environment, rules }: FederatedSubject,
  receivers: readonly string[],
): object {
  return {
    clientId: sub,
    name: `${repository} ${environment}`,
    description: `rules ${rules.join(', ')}`.slice(0, 255),
    enabled: true,
    protocol: 'openid-connect',
    publicClient: false,
    clientAuthenticatorType: 'federated-jwt',
    attributes: { 'jwt.credential.issuer': ALIAS, 'jwt.credential.sub': sub },
    serviceAccountsEnabled: true,
    standardFlowEnabled: false,
    implicitFlowEnabled: false,
    directAccessGrantsEnabled: false,
    fullScopeAllowed: false,
    defaultClientScopes: ['basic'],
    optionalClientScopes: [],
    protocolMappers: receivers.map(audienceMapper),
  };
}

/** Its name is a number: an import puts variables of its environment into names, however they are escaped. */
function audienceMapper(receiver: string, at: number): object {
  return {
    name: `audience ${at + 1}`,
    protocol: 'openid-connect',
    protocolMapper: 'oidc-audience-mapper',
    config: {
      'included.custom.audience': receiver,
      'access.token.claim': 'true',
      'id.token.claim': 'false',
      'introspection.token.claim': 'true',
    },
  };
}

function receiverProblems({ receivers = [] }: KeycloakOptions): readonly TrustProblem[] {
  if (receivers.length > 0) return [];
  const message = 'access tokens will have no audience; name who shall take them with --receivers';
  return [{ level: 'note', target: 'keycloak', line: 1, message }];
}
