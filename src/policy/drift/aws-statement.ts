import * as v from 'valibot';
import { plain } from '../../untrusted.ts';
import { providerPath } from '../trust/aws.ts';
import { capabilityOf } from '../trust/capability.ts';
import type { AwsAccounts } from './aws-accounts.ts';
import { chainBoxes } from './aws-chain.ts';
import { type Box, type ClaimSet, meet, OPEN, present } from './box.ts';
import { contains } from './example.ts';
import { anyCase, LONGEST, type TextSet, values, wildcard } from './text-set.ts';
import { Unclear } from './unclear.ts';

const LIST = v.union([
  v.pipe(v.array(v.string()), v.maxLength(LONGEST)),
  v.pipe(
    v.string(),
    v.transform((one) => [one]),
  ),
]);
const STATEMENT = v.strictObject({
  Sid: v.optional(v.string()),
  Effect: v.literal('Allow'),
  Principal: v.union([v.strictObject({ Federated: LIST }), v.strictObject({ AWS: LIST })]),
  Action: LIST,
  Condition: v.optional(v.record(v.string(), v.record(v.string(), LIST)), {}),
});

type Conditions = v.InferOutput<typeof STATEMENT>['Condition'];

/**
 * Operators that are read; all others are not understood. On a key with one value `ForAnyValue:` changes nothing.
 * Source: AWS, "IAM JSON policy elements: Condition operators".
 */
const OPERATORS: Readonly<Record<string, (value: string) => TextSet>> = {
  stringequals: (value) => values(value),
  'foranyvalue:stringequals': (value) => values(value),
  stringlike: (value) => wildcard(value, true),
  'foranyvalue:stringlike': (value) => wildcard(value, true),
  stringequalsignorecase: anyCase,
};

/** Keys of GitHub's tokens that STS compares. Source: AWS, "Available keys for AWS OIDC federation". */
const KEYS: readonly string[] = [...capabilityOf('aws').claims, 'actor', 'workflow', 'enterprise_id'];
/** They do no more than the statement's other action allows. */
const HARMLESS = ['sts:tagsession', 'sts:setsourceidentity'];

/** The tokens that a statement of a trust document takes. Throws Unclear for what is not read here. */
export function statementBoxes(raw: object, role: string, accounts: AwsAccounts): readonly Box[] {
  const read = v.safeParse(STATEMENT, raw);
  if (!read.success) {
    const [issue] = read.issues;
    throw new Unclear(
      `${plain(v.getDotPath(issue) ?? 'it', 100)} is not understood: ${plain(issue.message, 200)}`,
    );
  }
  const { Principal, Action, Condition } = read.output;
  const actions = Action.map((action) => action.toLowerCase());
  if ('AWS' in Principal) {
    if (!accounts.chained.has(role))
      throw new Unclear('Principal AWS: a role is not to be assumed by a role');
    return chainBoxes(Principal.AWS, actions, conditionTexts(Condition));
  }
  const assumes = actions.filter((action) =>
    contains(wildcard(action, true), 'sts:assumerolewithwebidentity'),
  );
  const others = actions.filter((action) => !assumes.includes(action) && !HARMLESS.includes(action));
  if (others.length > 0) throw new Unclear(`action ${others.join(', ')} is not understood`);
  return assumes.length === 0
    ? []
    : Principal.Federated.flatMap((arn) => federated(arn, role, Condition, accounts));
}

function federated(arn: string, role: string, conditions: Conditions, accounts: AwsAccounts): readonly Box[] {
  const found = /^arn:([a-z-]+):iam::(\d{12}):oidc-provider\/(.+)$/.exec(arn);
  if (found === null) throw new Unclear(`principal ${arn} is not understood`);
  const [, partition = '', account = '', path = ''] = found;
  if (!role.startsWith(`arn:${partition}:iam::${account}:`))
    throw new Unclear(`principal ${arn} is of another account`);
  if (accounts.listed.has(account) && !accounts.providers.has(arn)) return [];
  const issuer = path === providerPath(accounts.issuer) ? accounts.issuer : `https://${path}`;
  const box = new Map<string, ClaimSet>([['iss', present(values(issuer))]]);
  const add = (claim: string, set: TextSet) => box.set(claim, meet(box.get(claim) ?? OPEN, present(set)));
  const audiences = accounts.audiences.get(path);
  if (audiences !== undefined) add('aud', values(...audiences));
  for (const { key, texts } of conditionTexts(conditions)) add(claimOf(key, path), texts);
  return [box];
}

function conditionTexts(
  conditions: Conditions,
): readonly { readonly key: string; readonly texts: TextSet }[] {
  return Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, texts]) => ({ key, texts: conditionSet(operator, texts) })),
  );
}

/** Keys of conditions are compared without case. */
function claimOf(key: string, path: string): string {
  const prefix = `${path}:`.toLowerCase();
  const claim = key.toLowerCase().startsWith(prefix) ? key.slice(prefix.length).toLowerCase() : undefined;
  if (claim === undefined || !KEYS.includes(claim))
    throw new Unclear(`condition key ${key} is not understood`);
  return claim;
}

function conditionSet(operator: string, texts: readonly string[]): TextSet {
  const read = OPERATORS[operator.toLowerCase()];
  if (read === undefined) throw new Unclear(`operator ${operator} is not understood`);
  if (texts.some((text) => text.includes('${'))) throw new Unclear('a value has a variable of IAM');
  const sets = texts.map(read);
  const listed = sets.every(({ kind }) => kind === 'values');
  return listed
    ? values(...sets.flatMap((set) => (set.kind === 'values' ? set.values : [])))
    : { kind: 'any-of', sets };
}
