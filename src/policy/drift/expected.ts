import { longestSession } from '../trust/aws-roles.ts';
import { placesOf, strayWays } from '../trust/google-members.ts';
import { federatedSubjects } from '../trust/keycloak-clients.ts';
import type { Target } from '../trust/model.ts';
import { closed } from '../trust/model-of.ts';
import type { Principal, Way } from '../trust/principals.ts';
import { vaultLife } from '../trust/render-vault.ts';
import { expectedChains } from './aws-chain.ts';
import { type Box, boxOf, isEmpty, meetBoxes, present } from './box.ts';
import type { Expected } from './deployed.ts';
import { awsRoleBox } from './snowflake-identity.ts';
import { values } from './text-set.ts';

/** The tokens that the target takes for each principal, if it holds what is rendered. */
export function expectedOf(target: Target, principals: readonly Principal[]): readonly Expected[] {
  if (target === 'keycloak') return expectedClients(principals);
  const places = placesOf(target === 'gcp' ? principals : []);
  const own = principals.map((principal): Expected => {
    const ways = [...principal.ways, ...strayWays(principal, places)];
    return {
      principal: principal.name,
      line: principal.ways[0]?.rule.line ?? 1,
      rules: [...new Set(principal.ways.map(({ rule }) => rule.id))],
      boxes: ways.flatMap((way) => wayBoxes(target, way)),
      ...longestOf(target, principal.ways),
      elsewhere:
        target === 'snowflake' && ways.every(({ checker }) => checker !== target && checker !== 'aws'),
    };
  });
  return target === 'aws' ? together([...own, ...expectedChains(principals)]) : own;
}

/** What is rendered as the longest life: of a role's sessions, of Vault's tokens. */
function longestOf(target: Target, ways: readonly Way[]): Pick<Expected, 'longest'> {
  if (target === 'aws') return { longest: longestSession(ways) };
  return target === 'vault' ? { longest: Math.max(...ways.map(({ rule }) => vaultLife(rule))) } : {};
}

function lifeOf(same: readonly Expected[]): Pick<Expected, 'longest'> {
  const [longest] = same.flatMap((one) => one.longest ?? []);
  return longest === undefined ? {} : { longest };
}

/** A role may be the first of one chain and the second of another. */
function together(expected: readonly Expected[]): readonly Expected[] {
  return [...Map.groupBy(expected, ({ principal }) => principal)].map(([principal, same]) => ({
    principal,
    line: Math.min(...same.map(({ line }) => line)),
    rules: [...new Set(same.flatMap(({ rules }) => rules))],
    boxes: same.flatMap(({ boxes }) => boxes),
    elsewhere: false,
    ...lifeOf(same),
  }));
}

/** Keycloak has a client for each subject, which may be that of several rules. */
function expectedClients(principals: readonly Principal[]): readonly Expected[] {
  const boxes = principals.flatMap(({ ways }) => ways.flatMap((way) => wayBoxes('keycloak', way)));
  return federatedSubjects({ principals }).map(({ sub, rules, line }) => {
    const own: Box = new Map([['sub', present(values(sub))]]);
    const met = boxes.map((box) => meetBoxes(box, own)).filter((box) => !isEmpty(box));
    return { principal: sub, line, rules, boxes: met, elsewhere: false };
  });
}

function wayBoxes(target: Target, way: Way): readonly Box[] {
  const { checked, checker, grant } = way;
  if (!closed(checked, checker)) return [];
  if (checker === target) return [boxOf(new Map(checked.map(({ claim, ...accepted }) => [claim, accepted])))];
  const login = grant.kind === 'snowflake' ? grant.login : undefined;
  return login?.route === 'aws' ? [awsRoleBox(login.aws.chain?.roleArn ?? login.aws.roleArn)] : [];
}
