import type { Rendered } from '../../../src/policy/trust/rendered.ts';
import { cel } from '../trust/cel.ts';
import { assumes, webIdentity } from './iam.ts';
import type { Token } from './random-token.ts';
import { logsIn } from './vault-role.ts';

/** Files as they were rendered, read back: whether a token gets the principal. */
export type Trust = (token: Token) => boolean;

const ISSUER = 'https://token.actions.githubusercontent.com';
const NOTHING: Trust = () => false;

/** The trust policy of a role. */
export function awsTrust({ files }: Rendered, role: string): Trust {
  const text = files.find(({ name }) => name === `111122223333-${role}.trust.json`)?.text;
  if (text === undefined) return NOTHING;
  const document: unknown = JSON.parse(text);
  return (token) => assumes(document, webIdentity('111122223333', token));
}

/** The roles of Vault that the script writes for a rule; several, when its refs are of both types. */
export function vaultTrust({ files }: Rendered, rule: string): Trust {
  const script = files.find(({ name }) => name === 'vault.sh')?.text ?? '';
  const roles = [...script.matchAll(/^vault write auth\/jwt\/role\/(\S+) @(\S+)$/gm)].flatMap(
    ([, name, file]) => {
      if (name !== rule && name !== `${rule}.2`) return [];
      return [JSON.parse(files.find((one) => one.name === file)?.text ?? '')];
    },
  );
  return (token) => roles.some((role) => logsIn(role, ISSUER, token));
}

/** Providers of the pool by their commands, and the members who may act as the principal. */
export function googleTrust({ files }: Rendered, principal: string): Trust {
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
  const audiences = option('allowed-audiences').split(',');
  const condition = cel(option('attribute-condition'));
  const mapping = option('attribute-mapping')
    .split(',')
    .map((entry) => {
      const [name = '', ...expression] = entry.split('=');
      return [name, cel(expression.join('='))] as const;
    });
  return (token) => {
    const claims = Object.fromEntries(token);
    if (token.get('iss') !== option('issuer-uri')) return undefined;
    if (!audiences.includes(String(token.get('aud'))) || condition(claims) !== true) return undefined;
    const mapped = new Map(mapping.map(([name, expression]) => [name, expression(claims)]));
    return [...mapped.values()].every((value) => typeof value === 'string') ? mapped : undefined;
  };
}
