import type { Policy, Rule } from '../policy.ts';
import type { Finding } from './codes.ts';
import { placeKey, type Witness, witnessInPlace } from './overlap.ts';

/** Pairs of rules that are compared; rules that could share a token are few, unless somebody wants the linter to hang. */
const PAIRS = 500_000;

/**
 * E16: every rule that shares a token with an earlier one, with such a token. Only rules of one place are compared, and
 * of these only the one at `first` and those below it with all that stand above.
 */
export function overlapFindings({ rules }: Policy, first = 0): readonly Finding[] {
  const places = new Map<string, Rivals>();
  const findings: Finding[] = [];
  let pairs = 0;
  for (const [index, rule] of rules.entries()) {
    const rivals = rivalsIn(places, rule);
    const path = ['rules', index, 'id'];
    for (const earlier of index < first ? [] : rivalsOf(rivals, rule)) {
      pairs += 1;
      if (pairs > PAIRS) {
        const message = `more than ${PAIRS} pairs of rules have one repository, environment and ref; the rules from here on are not compared`;
        return [...findings, { code: 'E16', path, message }];
      }
      const witness = witnessInPlace(earlier, rule);
      if (witness === undefined) continue;
      const message = `rule ${rule.id} and rule ${earlier.id} (line ${earlier.line}) both hold for ${shown(witness)}`;
      findings.push({ code: 'E16', path, message });
      break;
    }
    remember(rivals, rule);
  }
  return findings;
}

/** Earlier rules of one place: by each ref that they name, and those that a ref cannot tell apart. */
interface Rivals {
  readonly byRef: Map<string, Rule[]>;
  readonly open: Rule[];
  readonly all: Rule[];
}

function rivalsIn(places: Map<string, Rivals>, rule: Rule): Rivals {
  const key = placeKey(rule);
  const rivals = places.get(key) ?? { byRef: new Map(), open: [], all: [] };
  places.set(key, rivals);
  return rivals;
}

function rivalsOf({ byRef, open, all }: Rivals, rule: Rule): readonly Rule[] {
  const refs = literalRefs(rule);
  if (refs === undefined) return all;
  const same = refs.flatMap((ref) => byRef.get(ref) ?? []);
  return open.length === 0 ? same : [...same, ...open];
}

function remember({ byRef, open, all }: Rivals, rule: Rule): void {
  all.push(rule);
  const refs = literalRefs(rule);
  if (refs === undefined) open.push(rule);
  for (const ref of refs ?? []) {
    const named = byRef.get(ref);
    if (named === undefined) byRef.set(ref, [rule]);
    else named.push(rule);
  }
}

function literalRefs({ ref }: Rule): readonly string[] | undefined {
  if (ref === undefined || ref.kind === 'glob') return undefined;
  return ref.kind === 'equals' ? [ref.value] : ref.values;
}

function shown(witness: Witness): string {
  return [...witness].map(([claim, value]) => `${claim}=${value}`).join(' ');
}
