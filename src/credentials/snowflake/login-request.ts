import { Secret } from '../../secret.ts';
import { plain } from '../../untrusted.ts';
import type { Desk } from '../desk.ts';

/**
 * What stands in dbt's environment in the place of an ID token. It has the shape of a JWT because the driver
 * reads `iss` and `sub` out of it before it sends it; it is random, signed by nobody, and opens nothing.
 */
export function placeholderToken(): Secret {
  const encode = (text: string) => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const random = encode(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
  const header = encode(JSON.stringify({ alg: 'none', typ: 'JWT' }));
  const payload = encode(JSON.stringify({ iss: 'dbt-passport', sub: 'login-relay', jti: random }));
  return new Secret(`${header}.${payload}.${random}`);
}

export interface RelayedLogin {
  /** What the driver must send as TOKEN, exactly. */
  readonly placeholder: Secret;
  readonly user: string;
  readonly mint: () => Promise<Secret>;
  readonly explain?: Desk['explain'];
}

/**
 * The body of a driver's login request with a fresh ID token in the placeholder's place, for the grant's user and
 * without secondary roles; all else, QUERY_TAG among it, stays. Anything but workload identity with this run's
 * placeholder is refused. Source: snowflake-connector-python, auth/_auth.py and auth/workload_identity.py.
 */
export async function relayedLogin(
  body: string,
  { placeholder, user, mint, explain = ownWords }: RelayedLogin,
): Promise<{ readonly body: Secret } | { readonly refusal: string }> {
  const request = jsonObject(body);
  const data = asObject(request['data']);
  const federated = data['AUTHENTICATOR'] === 'WORKLOAD_IDENTITY' && data['PROVIDER'] === 'OIDC';
  if (!federated || data['TOKEN'] !== placeholder.reveal()) {
    return {
      refusal:
        'dbt-passport relays only logins of this run: workload identity with the token from its own profile',
    };
  }
  try {
    const token = (await mint()).reveal();
    const login = { ...data, LOGIN_NAME: user, SECONDARY_ROLES: 'NONE', TOKEN: token };
    return { body: new Secret(JSON.stringify({ ...request, data: login })) };
  } catch (error) {
    return { refusal: `dbt-passport could not get a fresh ID token for this login: ${explain(error)}` };
  }
}

function ownWords(error: unknown): string {
  return plain(error instanceof Error ? error.message : String(error));
}

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {};
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
