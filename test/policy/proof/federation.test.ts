import { describe, expect, it } from 'vitest';
import { credentialsOf, isFederated } from './azure-credential.ts';
import { exchanges, federationPolicies } from './databricks-federation.ts';
import { clientOf } from './keycloak-realm.ts';
import { LUA, passes } from './kong-gateway.ts';
import { shellWords } from './shell-words.ts';

const claims = { iss: 'i', sub: "o'r", aud: 'a', job_workflow_ref: 'w@1' };
const token = (more: object = {}) => new Map<string, unknown>(Object.entries({ ...claims, ...more }));
/** Tokens that differ in one of the three claims that every target compares. */
const OTHERS = [{ iss: 'j' }, { sub: "O'r" }, { sub: undefined }, { aud: 'b' }, { aud: ['a'] }].map(token);

describe('words of a shell', () => {
  it('are split as a shell does', () => {
    expect(shellWords("a  'b c'd 'it'\\''s' ''")).toEqual(['a', 'b cd', "it's", '']);
  });

  it.each(['a; b', 'a $b', 'a "b"', 'a | b', 'a > b', "a 'b"])('do not hold %s', (line) => {
    expect(() => shellWords(line)).toThrow();
  });
});

describe('the evaluator of federation policies of Databricks', () => {
  const policy = {
    oidc_policy: { issuer: 'i', audiences: ['a', 'c'], subject: "o'r", subject_claim: 'sub' },
  };

  it('compares issuer, audience and subject', () => {
    expect(exchanges(policy, token())).toBe(true);
    expect(OTHERS.filter((other) => exchanges(policy, other))).toEqual([]);
  });

  it('reads scripts, and nothing that it does not know', () => {
    const json = JSON.stringify(policy).replaceAll("'", "'\\''");
    const command = `databricks account service-principal-federation-policy create SERVICE_PRINCIPAL_ID --json '${json}'`;
    expect(federationPolicies(`# SERVICE_PRINCIPAL_ID: x\n${command}\n`)).toEqual([policy]);
    expect(() => federationPolicies(command.replace('create', 'delete'))).toThrow('command');
    expect(() => exchanges({ ...policy, description: 'x' }, token())).toThrow('description');
  });
});

describe('the evaluator of federated credentials of Entra', () => {
  const classic = { name: 'n', issuer: 'i', audiences: ['a'], subject: "o'r" };
  const flexible = (value: string, languageVersion = 1) => ({
    ...classic,
    subject: undefined,
    claimsMatchingExpression: { value, languageVersion },
  });
  const both = flexible("claims['sub'] eq 'o''r' and claims['job_workflow_ref'] eq 'w@1'");

  it('compares issuer, audience and subject, or the expression', () => {
    for (const credential of [classic, both]) {
      expect(isFederated(credential, token())).toBe(true);
      expect(OTHERS.filter((other) => isFederated(credential, other))).toEqual([]);
    }
    expect(isFederated(classic, token({ job_workflow_ref: 'x' }))).toBe(true);
    expect(isFederated(both, token({ job_workflow_ref: 'x' }))).toBe(false);
  });

  it.each([
    flexible("claims['sub'] matches 'o*'"),
    flexible("claims['ref'] eq 'x'"),
    flexible("claims['sub'] eq 'o''r' or claims['sub'] eq 'x'"),
    flexible("claims['sub'] eq 'o''r'", 2),
    { ...classic, subject: undefined },
    { ...classic, description: 'x' },
  ])('does not read %o', (credential) => {
    expect(() => isFederated(credential, token())).toThrow();
  });

  it('reads scripts for the application alone', () => {
    const script =
      '# Application x\naz ad app federated-credential create --id x --parameters \'{"name":"n"}\'\n';
    expect(credentialsOf(script, 'x')).toEqual([{ name: 'n' }]);
    expect(() => credentialsOf(script, 'y')).toThrow('command');
  });
});

describe('the evaluator of realms of Keycloak', () => {
  const client = {
    clientId: 'c',
    name: 'n',
    enabled: true,
    publicClient: false,
    clientAuthenticatorType: 'federated-jwt',
    serviceAccountsEnabled: true,
    attributes: { 'jwt.credential.issuer': 'gh', 'jwt.credential.sub': "o'r" },
  };
  const config = {
    issuer: 'i',
    validateSignature: 'true',
    useJwksUrl: 'true',
    supportsClientAssertions: 'true',
  };
  const provider = { alias: 'gh', providerId: 'oidc', enabled: true, config };
  const realm = (more: object = {}) => ({
    realm: 'dbt',
    identityProviders: [provider],
    clients: [client],
    ...more,
  });
  const found = (written: unknown, more: object = {}) =>
    clientOf(written, 'https://k', token({ aud: 'https://k/realms/dbt', ...more }))?.name;

  it('finds the client by issuer, audience and subject', () => {
    expect(found(realm())).toBe('n');
    for (const more of [{ iss: 'j' }, { sub: 'x' }, { aud: 'a' }, { aud: ['https://k/realms/dbt'] }])
      expect(found(realm(), more)).toBe(undefined);
  });

  it.each([
    { identityProviders: [{ ...provider, enabled: false }] },
    { identityProviders: [{ ...provider, alias: 'x' }] },
    { identityProviders: [{ ...provider, config: { ...config, validateSignature: 'false' } }] },
    { clients: [{ ...client, clientAuthenticatorType: 'client-secret' }] },
    { clients: [{ ...client, publicClient: true }] },
    { clients: [{ ...client, serviceAccountsEnabled: false }] },
  ])('finds none with %o', (more) => {
    expect(found(realm(more))).toBe(undefined);
  });

  it('fails when two clients have one subject', () => {
    expect(() => found(realm({ clients: [client, client] }))).toThrow('two clients');
  });
});

describe.skipIf(LUA === undefined)('the evaluator of Kong (needs luajit or lua5.1 with lua-cjson)', () => {
  const plugin = (name: string, config: object) => ({ name, config });
  const check = `return function()
    if not kong.request.get_headers()["authorization"]:find("%S") then kong.response.exit(401) end
  end`;
  const kong = (code = check, key = "o'r", group = 's') => ({
    services: [
      {
        name: 's',
        plugins: [
          plugin('pre-function', { access: [code] }),
          plugin('jwt', { key_claim_name: 'sub' }),
          plugin('acl', { allow: ['s'] }),
        ],
      },
    ],
    consumers: [{ acls: [{ group }], jwt_secrets: [{ key, algorithm: 'RS256' }] }],
  });

  it('asks the function, the credential and the group', () => {
    expect(passes(kong(), 's', [token(), token({ sub: 'x' })])).toEqual([true, false]);
    expect(passes(kong(), 'other', [token()])).toEqual([false]);
    expect(passes(kong(check, 'x'), 's', [token()])).toEqual([false]);
    expect(passes(kong(check, "o'r", 'x'), 's', [token()])).toEqual([false]);
    expect(passes(kong('return function() kong.response.exit(403) end'), 's', [token()])).toEqual([false]);
    expect(() => passes(kong('return function() undefined() end'), 's', [token()])).toThrow('undefined');
  });
});
