import { awsProblems, type TrustedRole, trustedRoles } from './aws-roles.ts';
import { block, expression, jsonEncoded, label } from './hcl.ts';
import type { RenderRequest, Written } from './rendered.ts';

/** The roles as resources of the Terraform provider `hashicorp/aws`, a file for each account. */
export function terraformAws(request: RenderRequest): Written {
  const roles = trustedRoles(request);
  const accounts = [...new Set(roles.map(({ account }) => account))];
  const files = accounts.map((account) => {
    const own = roles.filter((role) => role.account === account);
    const blocks = [provider(request, own), ...own.map(roleBlocks)].filter((text) => text !== '');
    return {
      name: `aws-${account}.tf`,
      text: `# AWS account ${account}: apply it with credentials of that account.\n${blocks.join('\n')}`,
    };
  });
  return { files, problems: awsProblems(request, roles) };
}

function provider({ policy }: RenderRequest, roles: readonly TrustedRole[]): string {
  const audiences = [...new Set(roles.flatMap((role) => role.audiences))];
  if (audiences.length === 0) return '';
  return block('resource', ['aws_iam_openid_connect_provider', 'github'], {
    url: policy.issuer,
    client_id_list: audiences,
  });
}

function roleBlocks(role: TrustedRole): string {
  const { name, path, maxSession, trust, boundary } = role;
  const resource = label(name);
  const itself = block('resource', ['aws_iam_role', resource], {
    name,
    path,
    max_session_duration: expression(String(maxSession)),
    permissions_boundary: boundary && expression(`aws_iam_policy.${resource}_boundary.arn`),
    assume_role_policy: jsonEncoded(trust),
  });
  if (boundary === undefined) return itself;
  const policy = { name: `${name}-boundary`, policy: jsonEncoded(boundary) };
  return `${itself}\n${block('resource', ['aws_iam_policy', `${resource}_boundary`], policy)}`;
}
