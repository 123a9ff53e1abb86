import { valuesOf } from './clauses.ts';
import { createFederationPolicy, federationPolicy, principalId } from './databricks.ts';
import type { Principal } from './principals.ts';
import { jsonText } from './quoting.ts';
import type { RenderRequest, TrustFile, TrustProblem, Written } from './rendered.ts';
import { subjectProblems } from './subject-problems.ts';

/** Federation policies that a service principal may have. Source: Databricks, "Configure a federation policy". */
const POLICIES = 20;
/** The documentation names no limit; longer ones than GitHub's usual are worth a look. */
const SUBJECT_CHARACTERS = 1024;

/** Federation policies of each service principal as JSON, and the commands that make them. */
export function renderDatabricks({ policy, principals }: RenderRequest): Written {
  const rendered = principals.map((principal) => ({
    principal,
    policies: policiesOf(policy.issuer, principal),
  }));
  return {
    files: rendered.flatMap(({ principal: { name }, policies }) => files(name, policies)),
    problems: rendered.flatMap(({ principal, policies }) => problems(principal, policies.length)),
  };
}

/** Rules that differ in what Databricks does not compare have one policy. */
function policiesOf(issuer: string, { ways }: Principal): readonly object[] {
  const found = ways.flatMap(({ audience, checked }) =>
    valuesOf(checked, 'sub').map((subject) => federationPolicy(issuer, audience, subject)),
  );
  return [...new Map(found.map((policy) => [jsonText(policy), policy])).values()];
}

function files(name: string, policies: readonly object[]): readonly TrustFile[] {
  const commands = [principalId(name), ...policies.map(createFederationPolicy)];
  return [
    { name: `${name}.json`, text: `${jsonText(policies, 2)}\n` },
    { name: `${name}.sh`, text: `${commands.join('\n')}\n` },
  ];
}

function problems({ name, ways }: Principal, policies: number): readonly TrustProblem[] {
  const line = Math.min(...ways.map(({ rule }) => rule.line));
  const message = `service principal ${name} would have ${policies} federation policies, at most ${POLICIES} are taken: give rules service principals of their own, or name one shape of sub (sub_template)`;
  const many: TrustProblem = { level: 'error', target: 'databricks', line, message };
  return [
    ...(policies > POLICIES ? [many] : []),
    ...ways.flatMap((way) => subjectProblems(way, 'databricks', SUBJECT_CHARACTERS)),
  ];
}
