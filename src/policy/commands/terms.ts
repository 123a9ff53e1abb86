import type { Policy, Rule } from '../policy.ts';

/** What a rule gives, apart from who gets it: dotted names and text. Equal texts are equal rights. */
export type Terms = ReadonlyMap<string, string>;

/** One term that two versions have differently; an absent side is empty. */
export interface TermDifference {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** Fields of a rule that say who it is for, or only explain it. All others are what it gives. */
const NO_TERMS: ReadonlySet<string> = new Set<keyof Rule>([
  ...(['id', 'line', 'lines', 'repository', 'environment', 'ref', 'refProtected', 'eventName'] as const),
  ...(['runnerEnvironment', 'visibility', 'jobWorkflow', 'actorId', 'actorClass'] as const),
  ...(['allowSelfHosted', 'tagRuleset', 'grants'] as const),
]);

/** A grant counts by what it is, not by its name; lists count as sets. */
export function termsOf(policy: Policy, rule: Rule): Terms {
  const terms = new Map<string, string>();
  for (const [name, value] of Object.entries(rule)) if (!NO_TERMS.has(name)) flatten(terms, name, value);
  for (const [index, name] of rule.grants.entries()) {
    const at = index === 0 ? 'grant' : `grant ${index + 1}`;
    flatten(terms, at, policy.grants.get(name));
    const { tier, access } = policy.grantTerms.get(name) ?? {};
    flatten(terms, at, { tier, access });
  }
  return terms;
}

/** What holds for every rule of a policy. Its serial and its id are no rights. */
export function generalTerms({ issuer, audience, notAfter, review, mode, subTemplate, deny }: Policy): Terms {
  const terms = new Map<string, string>();
  flatten(terms, '', { issuer, audience, notAfter, review, mode, subTemplate, deny });
  return terms;
}

export function termDifferences(before: Terms, after: Terms): readonly TermDifference[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((what) => before.get(what) !== after.get(what))
    .sort()
    .map((what) => ({ what, before: before.get(what) ?? '', after: after.get(what) ?? '' }));
}

/** Equal for equal rights. */
export function termsKey(terms: Terms): string {
  return JSON.stringify([...terms].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function flatten(terms: Map<string, string>, name: string, value: unknown): void {
  if (value === undefined) return;
  if (Array.isArray(value)) {
    const items = value.map(itemText).sort();
    if (items.length > 0) terms.set(name, items.join(', '));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value))
      flatten(terms, name === '' ? key : `${name}.${key}`, inner);
  } else {
    terms.set(name, String(value));
  }
}

/** A selector as it is written; any other mapping as JSON. */
function itemText(item: unknown): string {
  if (typeof item !== 'object' || item === null) return String(item);
  const entries = Object.entries(item);
  return 'method' in item && 'value' in item
    ? `${item.method}:${item.value}`
    : JSON.stringify(Object.fromEntries(entries));
}
