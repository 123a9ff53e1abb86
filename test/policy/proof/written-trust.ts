import { parse } from 'yaml';
import type { Target } from '../../../src/policy/trust/model.ts';
import type { Rendered } from '../../../src/policy/trust/rendered.ts';
import { cel } from '../trust/cel.ts';
import { credentialsOf, isFederated } from './azure-credential.ts';
import { exchanges, federationPolicies } from './databricks-federation.ts';
import { assumes, webIdentity } from './iam.ts';
import { clientOf } from './keycloak-realm.ts';
import { passes } from './kong-gateway.ts';
import type { Token } from './random-token.ts';
import { loginSucceeds, snowflakeAccount } from './snowflake-account.ts';
import { logsIn } from './vault-role.ts';

/** Files as they were rendered, read back: which tokens get the principal. */
export type Trust = (tokens: readonly Token[]) => readonly boolean[];

/** The rendered files of a target, and of others that its trust leans on. */
export type Files = (target: Target) => Rendered;

const ACCOUNT = '111122223333';
const ISSUER = 'https://token.actions.githubusercontent.com';
/** Audience of tokens for targets that no grant names. */
export const KEYCLOAK = 'https://keycloak.example';
const NOTHING: Trust = (tokens) => tokens.map(() => false);

/** How the trust of each target is read; the principal is one of random-grants.ts, a rule, or a place. */
export const READERS: Readonly<Record<Target, (files: Files, principal: string) => Trust>> = {
  aws: (files, role) => each(awsTrust(files('aws'), role)),
  gcp: (files, principal) => each(googleTrust(files('gcp'), principal)),
  vault: (files, rule) => each(vaultTrust(files('vault'), rule)),
  snowflake: (files, user) => each(snowflakeTrust(files, user)),
  databricks: (files, client) => {
    const policies = federationPolicies(textOf(files('databricks'), `${client}.sh`) ?? '');
    return each((token) => policies.some((policy) => exchanges(policy, token)));
  },
  azure: (files, application) => each(azureTrust(files('azure'), application)),
  keycloak: (files, place) => {
    const realm: unknown = JSON.parse(textOf(files('keycloak'), 'dbt-realm.json') ?? '');
    return each((token) => clientOf(realm, KEYCLOAK, token)?.name === place);
  },
  kong: (files, service) => {
    const text = textOf(files('kong'), 'kong.yaml');
    if (text === undefined) return NOTHING;
    const configuration: unknown = parse(text);
    return (tokens) => passes(configuration, service, tokens);
  },
};

function each(takes: (token: Token) => boolean): Trust {
  return (tokens) => tokens.map(takes);
}

function textOf({ files }: Rendered, name: string): string | undefined {
  return files.find((file) => file.name === name)?.text;
}

/** The trust policy of a role. */
function awsTrust(rendered: Rendered, role: string): (token: Token) => boolean {
  const text = textOf(rendered, `${ACCOUNT}-${role}.trust.json`);
  if (text === undefined) return () => false;
  const document: unknown = JSON.parse(text);
  return (token) => assumes(document, webIdentity(ACCOUNT, token));
}

/** The roles of Vault that the script writes for a rule; several, when its refs are of both types. */
function vaultTrust(rendered: Rendered, rule: string): (token: Token) => boolean {
  const script = textOf(rendered, 'vault.sh') ?? '';
  const roles = [...script.matchAll(/^vault write auth\/jwt\/role\/(\S+) @(\S+)$/gm)].flatMap(
    ([, name, file = '']) => {
      if (name !== rule && name !== `${rule}.2`) return [];
      return [JSON.parse(textOf(rendered, file) ?? '')];
    },
  );
  return (token) => roles.some((role) => logsIn(role, ISSUER, token));
}

/** With the token itself, or as a role of AWS or with a token of Entra, which then trust GitHub in the user's place. */
function snowflakeTrust(files: Files, user: string): (token: Token) => boolean {
  const script = textOf(files('snowflake'), 'acme-eu.sql');
  if (script === undefined) return () => false;
  const account = snowflakeAccount(script);
  const arn = `arn:aws:iam::${ACCOUNT}:role/dbt-snow`;
  const others = [
    ...(loginSucceeds(account, user, { type: 'AWS', arn }) ? [awsTrust(files('aws'), 'dbt-snow')] : []),
    ...(loginSucceeds(account, user, { type: 'OAUTH' }) ? [azureTrust(files('azure'), '8f1c')] : []),
  ];
  return (claims) =>
    loginSucceeds(account, user, { type: 'OIDC', claims }) || others.some((takes) => takes(claims));
}

function azureTrust(rendered: Rendered, application: string): (token: Token) => boolean {
  const credentials = credentialsOf(textOf(rendered, `${application}.sh`) ?? '', application);
  return (token) => credentials.some((credential) => isFederated(credential, token));
}

/** Providers of the pool by their commands, and the members who may act as the principal. */
function googleTrust({ files }: Rendered, principal: string): (token: Token) => boolean {
  const access = files.find(({ name }) => name === 'access.sh')?.text ?? '';
  const section =
    `\n${access}`.split(/\n# (?=\S+\n)/).find((text) => text.startsWith(`${principal}\n`)) ?? '';
  const members = [
    ...section.matchAll(
      /--member=(?:'principalSet:[^']*\/(attribute\.\w+)\/(\d[^']*)'|principalSet:\S+?\/(attribute\.\w+)\/(\S+))/g,
    ),
  ];
  const pools = files.filter(({ name }) => name !== 'access.sh').map(({ text }) => text);
  const commands = pools.flatMap((text) =>
    text.split('gcloud iam workload-identity-pools providers create-oidc ').slice(1),
  );
  const providers = commands.map(googleProvider);
  return (token) =>
    providers.some((provider) => {
      const attributes = provider(token);
      return members.some(([, quoted, text, bare, word]) => {
        const [name = '', value] = quoted === undefined ? [bare, word] : [quoted, text];
        return attributes?.get(name) === value;
      });
    });
}

/** The attributes that a provider makes of a token; undefined when it does not take it. */
function googleProvider(command: string): (token: Token) => ReadonlyMap<string, unknown> | undefined {
  const option = (name: string) =>
    new RegExp(`--${name}=(?:'([^']*)'|(\\S+))`).exec(command)?.slice(1).join('') ?? '';
  const issuer = option('issuer-uri');
  const audiences = option('allowed-audiences').split(',');
  const condition = cel(option('attribute-condition'));
  const mapping = option('attribute-mapping')
    .split(',')
    .map((entry) => {
      const [name = '', ...expression] = entry.split('=');
      return [name, cel(expression.join('='))] as const;
    });
  return (token) => {
    if (token.get('iss') !== issuer || !audiences.includes(String(token.get('aud')))) return undefined;
    const claims = Object.fromEntries(token);
    if (condition(claims) !== true) return undefined;
    const mapped = new Map(mapping.map(([name, expression]) => [name, expression(claims)]));
    return [...mapped.values()].every((value) => typeof value === 'string') ? mapped : undefined;
  };
}
