import type { AthenaGrant, AwsRole, DuckDbGrant } from '../../policy/grant-types.ts';
import { jsonText } from '../../policy/trust/quoting.ts';
import { type Lack, lacks } from './lack.ts';

const OBJECTS = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'];

/** Source: AWS IAM, "Troubleshoot access denied error messages"; S3 and DuckDB's httpfs say only 403. */
export function awsProblem(message: string, grant: AthenaGrant | DuckDbGrant): Lack | undefined {
  const role = grant.kind === 'athena' ? grant.aws : grant.s3?.aws;
  if (role === undefined) return undefined;
  const named =
    /not authorized to perform:? ([a-z0-9-]+:\w+)(?: on (?:the )?resource:? ["']?(arn:[^\s"']+))?/.exec(
      message,
    );
  if (named) return actionLack(role, named[1] ?? '', named[2] ?? '*', message);
  const lake = /Insufficient Lake Formation permission\(s\):? (?:Required )?([A-Za-z ]+) on ([^\s(]+)/.exec(
    message,
  );
  if (lake) return lacks(nameOf(role), `the Lake Formation permission ${lake[1]} on ${lake[2]}`, '');
  const denied = /Access ?Denied|HTTP (code )?403|403 Forbidden|status code:? 403/i.test(message);
  // DuckDB names the address alone, which may be any store that speaks S3.
  const store = grant.kind === 'duckdb' ? /\bHTTP\b/ : /\bs3\b|amazonaws/i;
  return denied && store.test(message) ? bucketLack(role, grant) : undefined;
}

function actionLack(role: AwsRole, action: string, resource: string, message: string): Lack {
  if (!/no session policy allows/.test(message)) {
    const statement = jsonText({ Effect: 'Allow', Action: action, Resource: resource }, 2);
    return lacks(nameOf(role), `${action} on ${resource}`, statement);
  }
  return lacks(
    `the session policy from \`allow\` of the grant`,
    `${action} on ${resource}`,
    `allow:\n  - { actions: [${jsonText(action)}], resources: [${jsonText(resource)}] }`,
  );
}

function bucketLack(role: AwsRole, grant: AthenaGrant | DuckDbGrant): Lack {
  const scope = grant.kind === 'duckdb' ? (grant.s3?.scope ?? '') : (grant.s3DataDir ?? grant.s3StagingDir);
  const path = scope.replace(/^s3:\/\//, '').replace(/\/$/, '');
  const partition = role.roleArn.split(':')[1] ?? 'aws';
  const statements = [
    { Effect: 'Allow', Action: OBJECTS, Resource: `arn:${partition}:s3:::${path}/*` },
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: `arn:${partition}:s3:::${path.split('/')[0]}` },
  ];
  return lacks(
    `${nameOf(role)}, or \`allow\` of the grant,`,
    `access to objects in S3`,
    jsonText(statements, 2),
  );
}

function nameOf({ roleArn, chain }: AwsRole): string {
  return `role ${chain?.roleArn ?? roleArn}`;
}
