import * as v from 'valibot';
import { plain } from '../../untrusted.ts';
import { providerPath } from '../trust/aws.ts';
import type { AwsAccounts } from './aws-accounts.ts';
import { expectedChains } from './aws-chain.ts';
import { statementBoxes } from './aws-statement.ts';
import type { Deployed, DeployedFile, Reader } from './deployed.ts';
import { jsonOf, readEach, shaped, strictJson } from './foreign.ts';
import { Unclear } from './unclear.ts';

const ROLE = v.looseObject({
  Arn: v.string(),
  AssumeRolePolicyDocument: v.union([v.string(), v.looseObject({})]),
  MaxSessionDuration: v.optional(v.number()),
});
const OUTPUT = v.union([
  v.looseObject({ Role: ROLE }),
  v.looseObject({ Roles: v.array(ROLE) }),
  v.looseObject({ OpenIDConnectProviderList: v.array(v.looseObject({ Arn: v.string() })) }),
  v.looseObject({ Url: v.string(), ClientIDList: v.optional(v.array(v.string()), []) }),
]);
const DOCUMENT = v.looseObject({
  Version: v.optional(v.string()),
  Statement: v.union([
    v.array(v.looseObject({})),
    v.pipe(
      v.looseObject({}),
      v.transform((one) => [one]),
    ),
  ]),
});

type Part =
  | { readonly role: v.InferOutput<typeof ROLE>; readonly file: DeployedFile; readonly alone: boolean }
  | { readonly arns: readonly string[] }
  | { readonly path: string; readonly audiences: readonly string[] };

/**
 * Roles as `aws iam get-role` or `list-roles` prints them, and identity providers as `list-open-id-connect-providers`
 * and `get-open-id-connect-provider` do. The trust document may be an object or URL-encoded text.
 */
export const readAws: Reader = (files, { policy, principals }) => {
  const { read, faults } = readEach(files, parts);
  const arns = read.flatMap((part) => ('arns' in part ? part.arns : []));
  const accounts: AwsAccounts = {
    providers: new Set(arns),
    listed: new Set(arns.map((arn) => arn.split(':')[4] ?? '')),
    audiences: audiencesOf(read),
    issuer: policy.issuer,
    chained: new Set(expectedChains(principals).map(({ principal }) => principal)),
  };
  const roles = read.flatMap((part) => ('role' in part ? [part] : []));
  const { read: deployed, faults: more } = readEach([...new Set(roles.map(({ file }) => file))], (file) =>
    roles
      .filter((part) => part.file === file)
      .flatMap(({ role, alone }) => roleOf(role, file, accounts, alone)),
  );
  return { deployed, faults: [...faults, ...more] };
};

function parts(file: DeployedFile): readonly Part[] {
  const output = shaped(
    OUTPUT,
    jsonOf(file),
    'what aws iam get-role, list-roles, list- or get-open-id-connect-provider prints',
  );
  if ('Role' in output) return [{ role: shaped(ROLE, output.Role, 'a role'), file, alone: true }];
  if ('Roles' in output)
    return shaped(v.array(ROLE), output.Roles, 'roles').map((role) => ({ role, file, alone: false }));
  if ('OpenIDConnectProviderList' in output) {
    const list = shaped(
      v.array(v.looseObject({ Arn: v.string() })),
      output.OpenIDConnectProviderList,
      'providers',
    );
    return [{ arns: list.map(({ Arn }) => Arn) }];
  }
  const { Url, ClientIDList } = shaped(
    v.looseObject({ Url: v.string(), ClientIDList: v.optional(v.array(v.string()), []) }),
    output,
    'an identity provider',
  );
  return [{ path: providerPath(Url), audiences: ClientIDList }];
}

/** A list of all roles has many that are none of GitHub's; a role that was asked for by name is always told of. */
function roleOf(
  { Arn, AssumeRolePolicyDocument: raw, MaxSessionDuration: longest }: v.InferOutput<typeof ROLE>,
  file: DeployedFile,
  accounts: AwsAccounts,
  alone: boolean,
): readonly Deployed[] {
  const document = shaped(
    DOCUMENT,
    typeof raw === 'string' ? strictJson(decoded(raw)) : raw,
    'a trust document',
  );
  const ours = accounts.chained.has(Arn) || JSON.stringify(document).includes(providerPath(accounts.issuer));
  if (!alone && !ours) return [];
  const unclear: string[] = [];
  const boxes = document.Statement.flatMap((statement, at) => {
    try {
      return statementBoxes(statement, Arn, accounts);
    } catch (cause) {
      if (!(cause instanceof Unclear)) throw cause;
      unclear.push(`statement ${at + 1}: ${cause.message}`);
      return [];
    }
  });
  const denies = document.Statement.some((statement) => statement['Effect'] !== 'Allow');
  return [
    {
      principal: Arn,
      files: [file.name],
      boxes: denies ? [] : boxes,
      unclear: unclear.map((text) => plain(text)),
      ...(longest !== undefined && { longest }),
    },
  ];
}

/** Source: RFC 3986, as IAM's API returns documents. */
function decoded(text: string): string {
  if (!/^\s*%7B/i.test(text)) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function audiencesOf(read: readonly Part[]): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, readonly string[]>();
  for (const part of read) {
    if ('path' in part) all.set(part.path, [...(all.get(part.path) ?? []), ...part.audiences]);
  }
  return all;
}
