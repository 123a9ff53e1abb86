import type { Way } from './principals.ts';
import type { TrustProblem } from './rendered.ts';

/** What is wrong with the subjects of a way, for a target that needs them in a closed list. */
export function subjectProblems(
  way: Way,
  target: TrustProblem['target'],
  characters: number,
): readonly TrustProblem[] {
  const { rule, checked } = way;
  const clause = checked.find(({ claim }) => claim === 'sub');
  const place = { level: 'error', target, line: rule.line } as const;
  if (clause?.kind !== 'values') {
    const message = `rule ${rule.id} has no closed list of subjects, so nothing is written for it: sub_template holds a claim that the rule leaves open`;
    return [{ ...place, message }];
  }
  const long = clause.values.filter((subject) => subject.length > characters);
  return long.map((subject) => ({
    ...place,
    message: `a subject of rule ${rule.id} has ${subject.length} characters, at most ${characters} are taken`,
  }));
}
