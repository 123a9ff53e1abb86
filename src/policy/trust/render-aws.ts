import { partitionOf } from '../grants/aws-session.ts';
import { audienceCommand, awsProvider } from './aws.ts';
import { awsProblems, type TrustedRole, trustedRoles } from './aws-roles.ts';
import { jsonText, shellWord } from './quoting.ts';
import type { RenderRequest, TrustFile, Written } from './rendered.ts';

/** The trust policy of each role, and the commands that put it there, for each account. */
export function renderAws(request: RenderRequest): Written {
  const roles = trustedRoles(request);
  const accounts = [...new Set(roles.map(({ account }) => account))];
  const files = accounts.flatMap((account) => {
    const own = roles.filter((role) => role.account === account);
    return [...own.flatMap(documents), { name: `${account}.sh`, text: script(request, account, own) }];
  });
  return { files, problems: awsProblems(request, roles) };
}

function documents(role: TrustedRole): readonly TrustFile[] {
  const trust = { name: fileOf(role, 'trust'), text: `${jsonText(role.trust, 2)}\n` };
  if (role.boundary === undefined) return [trust];
  return [trust, { name: fileOf(role, 'boundary'), text: `${jsonText(role.boundary, 2)}\n` }];
}

function fileOf({ account, name }: TrustedRole, what: 'trust' | 'boundary'): string {
  return `${account}-${name}.${what}.json`;
}

function script({ policy }: RenderRequest, account: string, roles: readonly TrustedRole[]): string {
  const uses = roles.flatMap(({ arn, audiences }) => audiences.map((audience) => ({ arn, audience })));
  const [first, ...more] = new Map(uses.map((use) => [use.audience, use])).values();
  const trusted =
    first === undefined
      ? []
      : [
          '# Once for the account: the issuer of the tokens, and every audience that they may have.',
          awsProvider({ policy }, first),
          ...more.map(({ arn, audience }) => audienceCommand(policy.issuer, arn, audience)),
        ];
  return `${[`# AWS account ${account}`, ...trusted, ...roles.flatMap(roleCommands)].join('\n')}\n`;
}

function roleCommands(role: TrustedRole): readonly string[] {
  const { account, name, path, maxSession, boundary, arn } = role;
  const trust = shellWord(`file://${fileOf(role, 'trust')}`);
  const limit = `arn:${partitionOf(arn)}:iam::${account}:policy/${name}-boundary`;
  const bounded =
    boundary === undefined
      ? ['# The policy does not say what a session needs (allow): the role has whatever is attached to it.']
      : [
          `aws iam create-policy --policy-name ${shellWord(`${name}-boundary`)} --policy-document ${shellWord(`file://${fileOf(role, 'boundary')}`)}`,
          `aws iam put-role-permissions-boundary --role-name ${shellWord(name)} --permissions-boundary ${shellWord(limit)}`,
        ];
  return [
    '',
    `# Role ${name}; when it is there already, without the first command.`,
    `aws iam create-role --role-name ${shellWord(name)} --path ${shellWord(path)} --max-session-duration ${maxSession} --assume-role-policy-document ${trust}`,
    `aws iam update-assume-role-policy --role-name ${shellWord(name)} --policy-document ${trust}`,
    `aws iam update-role --role-name ${shellWord(name)} --max-session-duration ${maxSession}`,
    ...bounded,
  ];
}
