import { valuesOf } from './clauses.ts';
import type { TrustClause } from './model.ts';
import { jsonText } from './quoting.ts';
import type { RenderRequest, TrustProblem } from './rendered.ts';

/** One `sub` that Keycloak takes for a client, and the rules that allow it. */
export interface FederatedSubject {
  readonly sub: string;
  readonly repository: string;
  readonly environment: string;
  readonly rules: readonly string[];
  /** Of the first of its rules, in the policy file. */
  readonly line: number;
}

/** The user of a client's service account is called `service-account-` and the client, in 255 characters. */
const LONGEST = 255 - 'service-account-'.length;

/**
 * Every subject that the policy allows, once: Keycloak finds a client by (issuer, subject) and fails when two have the
 * same. Rules that share a repository and an environment share their clients; a rule with two shapes of `sub` has two.
 */
export function federatedSubjects({
  principals,
}: Pick<RenderRequest, 'principals'>): readonly FederatedSubject[] {
  const subjects = new Map<string, FederatedSubject>();
  for (const { rule, checked } of principals.flatMap(({ ways }) => ways)) {
    for (const sub of subjectsOf(checked)) {
      const { repository, environment, id, line } = rule;
      const known = subjects.get(sub) ?? {
        sub,
        repository: repository.name,
        environment: environment.name,
        rules: [],
        line,
      };
      subjects.set(sub, { ...known, rules: [...new Set([...known.rules, id])] });
    }
  }
  return [...subjects.values()];
}

/** What Keycloak would refuse, or take for something else. */
export function subjectProblems(
  { principals }: Pick<RenderRequest, 'principals'>,
  subjects: readonly FederatedSubject[],
): readonly TrustProblem[] {
  const error = (line: number, message: string): TrustProblem => ({
    level: 'error',
    target: 'keycloak',
    line,
    message,
  });
  const open = new Map(
    principals
      .flatMap(({ ways }) => ways)
      .filter(({ checked }) => subjectsOf(checked).length === 0)
      .map(({ rule }) => [rule.id, rule.line] as const),
  );
  const seen = new Map<string, string>();
  const clashes = subjects.filter(({ sub }) => {
    const folded = sub.toLowerCase();
    const other = seen.get(folded);
    seen.set(folded, sub);
    return other !== undefined;
  });
  return [
    ...[...open].map(([id, line]) =>
      error(
        line,
        `no client for the rule ${id}: a part of sub is left open, and Keycloak compares the whole of it`,
      ),
    ),
    ...subjects
      .filter(({ sub }) => sub.length > LONGEST)
      .map(({ sub, line }) =>
        error(line, `a subject of ${sub.length} characters; Keycloak has room for ${LONGEST}`),
      ),
    ...clashes.map(({ sub, line }) =>
      error(line, `${jsonText(sub)} differs from another subject in case alone; users of Keycloak do not`),
    ),
  ];
}

function subjectsOf(checked: readonly TrustClause[]): readonly string[] {
  return valuesOf(checked, 'sub');
}
