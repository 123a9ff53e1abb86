import { plain } from '../../untrusted.ts';
import { CHAIN_ACTIONS } from '../trust/aws.ts';
import { awsRoleOf } from '../trust/handed-out.ts';
import type { Principal } from '../trust/principals.ts';
import { type Box, type ClaimSet, meet, OPEN, present } from './box.ts';
import type { Expected } from './deployed.ts';
import { contains } from './example.ts';
import { ANYTHING, type TextSet, values, wildcard } from './text-set.ts';
import { Unclear } from './unclear.ts';

/** What the second role of a chain looks at: no token, but the role that assumes it and the id that it is told. */
const ASSUMED_BY = 'assumed_by';
const EXTERNAL_ID = 'external_id';

/** The second roles that the policy leads to, each with the first roles that may assume it. */
export function expectedChains(principals: readonly Principal[]): readonly Expected[] {
  const uses = principals.flatMap(({ ways }) =>
    ways.flatMap(({ rule, grant }) => {
      const role = awsRoleOf(grant);
      return role?.chain === undefined ? [] : [{ rule, first: role.roleArn, chain: role.chain }];
    }),
  );
  return [...Map.groupBy(uses, ({ chain }) => chain.roleArn)].map(([principal, own]) => ({
    principal,
    line: Math.min(...own.map(({ rule }) => rule.line)),
    rules: [...new Set(own.map(({ rule }) => rule.id))],
    boxes: own.map(({ first, chain: { externalId } }) => {
      const told = externalId === undefined ? [] : [values(externalId)];
      return chainBox(values(first), told);
    }),
    elsewhere: false,
  }));
}

/** A condition that is not there leaves the external id open. */
function chainBox(by: TextSet, externalIds: readonly TextSet[]): Box {
  const box = new Map<string, ClaimSet>([[ASSUMED_BY, present(by)]]);
  for (const texts of externalIds) box.set(EXTERNAL_ID, meet(box.get(EXTERNAL_ID) ?? OPEN, present(texts)));
  return box;
}

/**
 * Who may assume a second role by a statement of its trust document. `actions` are in lower case.
 * Throws Unclear for what is not read here.
 */
export function chainBoxes(
  principals: readonly string[],
  actions: readonly string[],
  conditions: readonly { readonly key: string; readonly texts: TextSet }[],
): readonly Box[] {
  const assumes = actions.filter((action) => contains(wildcard(action, true), 'sts:assumerole'));
  const known = CHAIN_ACTIONS.map((action) => action.toLowerCase());
  const others = actions.filter((action) => !assumes.includes(action) && !known.includes(action));
  if (others.length > 0) throw new Unclear(`action ${plain(others.join(', '))} is not understood`);
  const odd = conditions.find(({ key }) => key.toLowerCase() !== 'sts:externalid');
  if (odd !== undefined) throw new Unclear(`condition key ${plain(odd.key, 100)} is not understood`);
  if (assumes.length === 0) return [];
  const externalIds = conditions.map(({ texts }) => texts);
  return principals.map((principal) => chainBox(assumers(principal), externalIds));
}

/**
 * An account stands for everybody in it whom its own policies let.
 * Source: AWS, "AWS JSON policy elements: Principal".
 */
function assumers(principal: string): TextSet {
  if (principal === '*') return ANYTHING;
  const account = /^(?:arn:([a-z-]+):iam::(\d{12}):root|(\d{12}))$/.exec(principal);
  if (account === null) return values(principal);
  const [, partition = '*', named, bare] = account;
  return wildcard(`arn:${partition}:*::${named ?? bare}:*`, false);
}
