import { bindingCommand, providerCommand } from './google.ts';
import { bindingsOf } from './google-bindings.ts';
import type { GoogleProvider } from './google-provider.ts';
import { googleProblems, googleProviders } from './google-providers.ts';
import type { Principal } from './principals.ts';
import { shellWord } from './quoting.ts';
import type { RenderRequest, TrustFile, Written } from './rendered.ts';

/** Longest life of a service account's token that needs no leave of the organisation, in seconds. */
const LIFE = 3600;

/** Commands for each pool, and then for whoever its tokens may act as. */
export function renderGoogle(request: RenderRequest): Written {
  const providers = googleProviders(request);
  const pools = [...new Set(providers.map(poolName))];
  const files = pools.map((pool) =>
    poolFile(
      pool,
      providers.filter((one) => poolName(one) === pool),
    ),
  );
  const bindings = request.principals.map(bindingsText).join('\n');
  const access = bindings === '' ? [] : [{ name: 'access.sh', text: bindings }];
  return { files: [...files, ...access], problems: googleProblems(request) };
}

function poolName({ project, pool }: GoogleProvider): string {
  return `${project}-${pool}`;
}

function poolFile(name: string, providers: readonly GoogleProvider[]): TrustFile {
  const [{ project = '', pool = '' } = {}] = providers;
  const text = [
    '# Once: the pool.',
    `gcloud iam workload-identity-pools create ${shellWord(pool)} --project=${shellWord(project)} --location=global`,
    ...providers.flatMap((provider) => [
      '',
      '# When the provider is there already: update-oidc. The condition holds every rule that uses it.',
      providerCommand(provider, 'create-oidc'),
    ]),
  ];
  return { name: `${name}.sh`, text: `${text.join('\n')}\n` };
}

function bindingsText({ name, ways }: Principal): string {
  const grants = ways.flatMap(({ rule, grant }) => (grant.kind === 'bigquery' ? [{ rule, grant }] : []));
  const commands = new Set(grants.flatMap(({ rule, grant }) => bindingsOf(rule, grant)).map(bindingCommand));
  const long = grants.some(({ grant }) => grant.serviceAccount !== undefined && grant.lifetimeSeconds > LIFE);
  const leave = long
    ? ['# Tokens of more than an hour need constraints/iam.allowServiceAccountCredentialLifetimeExtension.']
    : [];
  return `${[`# ${name}`, ...leave, ...commands].join('\n')}\n`;
}
