import type { Party } from '../../identity/people.ts';
import { plain } from '../../untrusted.ts';
import { decide } from '../decide.ts';
import type { AccessRequest, Decision } from '../decision.ts';
import { denialText } from '../explain.ts';
import type { LoadedPolicy } from '../policy.ts';
import { wrapped } from '../wrapped.ts';
import { type Suggestion, suggest } from './suggest.ts';
import { draftYaml, suggestionValue } from './suggest-text.ts';
import { type WorkflowChange, workflowChange } from './workflow-change.ts';

/** A decision, and for a denial the two smallest ways to an allowance; each was decided again before it is told. */
export interface Explanation extends Decision {
  /** Absent when no change of the workflow can do it. */
  readonly workflowChange?: WorkflowChange;
  /** A rule for exactly these claims: nothing else becomes allowed. */
  readonly policyChange?: Suggestion;
}

/** Why an identity is allowed or denied, and the smallest changes, of the workflow or the policy, that would allow it. */
export async function explainDecision(
  loaded: LoadedPolicy,
  party: Party,
  request: AccessRequest,
  now: Date,
): Promise<Explanation> {
  const decision = decide(loaded, party, request, now);
  if (decision.allow) return decision;
  const change = workflowChange(loaded, party, request, now);
  const asked = decision.reasons.some(({ code }) => code === 'REQUESTED_ENVIRONMENT');
  return {
    ...decision,
    ...(change && { workflowChange: change }),
    // The caller asks for another environment than the job's own: that is never the policy's to allow.
    ...(!asked && { policyChange: await suggest(loaded, party, now, { anyActor: true }) }),
  };
}

/** For a terminal: the table of the denial, then the smallest changes. */
export function explanationText(explanation: Explanation): string {
  if (explanation.allow) return denialText(explanation);
  return [
    sentences(denialText(explanation)),
    '',
    ...workflowLines(explanation),
    '',
    ...policyLines(explanation),
  ].join('\n');
}

/** For programs: the same, with the lines to paste. */
export function explanationValue({ policyChange, ...rest }: Explanation): object {
  return policyChange === undefined ? rest : { ...rest, policyChange: suggestionValue(policyChange) };
}

/** The causes and fixes below the rows of the table, in lines that a terminal holds. */
function sentences(table: string): string {
  const line = (text: string) => (/^ {4}(cause|fix):/.test(text) ? wrapped(text, 100, ' '.repeat(11)) : text);
  return table.split('\n').map(line).join('\n');
}

function workflowLines({ workflowChange: change }: Explanation): readonly string[] {
  if (change === undefined) return ['No change of the workflow would be allowed.'];
  const count = change.steps.length;
  const steps = change.steps.flatMap(({ where, from, to }) => [
    `  ${where}`,
    `    from ${plain(from, 200)}`,
    `    to   ${plain(to, 300)}`,
  ]);
  return [
    `Smallest change of the workflow: ${count} ${count === 1 ? 'thing' : 'things'}, then rule ${change.rule} allows it.`,
    ...steps,
  ];
}

function policyLines({ policyChange: change }: Explanation): readonly string[] {
  if (change?.kind !== 'rule') {
    const why =
      change?.kind === 'refused' ? change.refusals.map(({ message }) => `  ${plain(message, 400)}`) : [];
    return ['No change of the policy is suggested.', ...why];
  }
  const grant = (change.draft.rule['grants'] as readonly string[]).join(', ');
  return [
    `Smallest change of the policy, if its owner wants that: a rule for these claims alone, with ${grant}.`,
    draftYaml(change.draft),
  ];
}
