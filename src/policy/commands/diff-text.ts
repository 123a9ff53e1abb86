import { plain } from '../../untrusted.ts';
import type { AccessChange, PolicyDiff } from './policy-diff.ts';
import type { TermDifference } from './terms.ts';

/** For a terminal or the description of a pull request. */
export function diffText({ general, changes }: PolicyDiff): string {
  if (general.length === 0 && changes.length === 0)
    return 'No change: the same identities are allowed the same.';
  const groups = Map.groupBy(
    changes,
    ({ repository, environment }) => `${repository}, environment ${environment}`,
  );
  const sections = [...groups].map(([head, group]) => [head, ...sectionLines(group)].join('\n'));
  const whole = general.length === 0 ? [] : [['The policy as a whole', ...general.map(termLine)].join('\n')];
  return [...whole, ...sections].join('\n\n');
}

/** What happens alike to several boxes of identities is told once. */
function sectionLines(group: readonly AccessChange[]): readonly string[] {
  const alike = Map.groupBy(group, ({ kind, before, after, terms }) =>
    JSON.stringify([kind, before, after, terms]),
  );
  return [...alike.values()].flatMap(changeLines);
}

function changeLines(alike: readonly AccessChange[]): readonly string[] {
  const [first] = alike;
  if (first === undefined) return [];
  const { kind, before, after, terms } = first;
  if (kind === 'unclear') return [UNCLEAR];
  const rules = { gains: `rule ${after}`, loses: `was rule ${before}`, changes: ruleText(before, after) }[
    kind
  ];
  const conditions = alike.flatMap(({ when }, index) => [
    ...(index === 0 ? [] : ['    or when']),
    ...Object.entries(when).map(([name, values]) => `      ${name}: ${plain(values.join(', '), 300)}`),
  ]);
  const shown = kind === 'changes' ? terms : terms.filter(({ what }) => TOLD.test(what));
  return [`  ${kind} (${rules}), when`, ...conditions, ...shown.map(termLine)];
}

function ruleText(before: string | undefined, after: string | undefined): string {
  return before === after ? `rule ${after}` : `rule ${before}, now ${after}`;
}

const UNCLEAR =
  '  unclear: the rules are too many, or their patterns of refs overlap too often, to be compared; anything may have changed.\n' +
  '    Change fewer rules at once, or join rules that differ in one value with one_of.';

/** Of what is given or taken as a whole, the terms that say the most; JSON has them all. */
const TOLD =
  /^grant\.(kind|account|role|user|serviceAccount|path|project|tier|aws\.roleArn)$|^dbt\.(commands|within|never)$/;

function termLine({ what, before, after }: TermDifference): string {
  const text = before === '' ? `+ ${after}` : after === '' ? `- ${before}` : `${before} -> ${after}`;
  return `    ${what}: ${plain(text, 300)}`;
}
