import type { ClaimName } from '../../identity/claims.ts';
import type { Party } from '../../identity/people.ts';
import { expectedSubjects, subjectHolds } from '../../identity/subject.ts';
import { decide } from '../decide.ts';
import type { AccessRequest } from '../decision.ts';
import { someRef } from '../lint/ref-overlap.ts';
import { type Miss, missCount, RULE_CLAUSES, reading } from '../match.ts';
import type { LoadedPolicy, RefClause, Rule } from '../policy.ts';

/** One thing to change in the workflow or the settings of its repository. */
export interface WorkflowStep {
  /** Where: a key of the workflow, or the settings. */
  readonly where: string;
  readonly from: string;
  readonly to: string;
}

/** The fewest changes of the workflow after which a rule allows the run. */
export interface WorkflowChange {
  readonly rule: string;
  readonly steps: readonly WorkflowStep[];
}

/** What a step does to the claims; `with` are those that follow from it. */
interface Settled extends WorkflowStep {
  readonly claims: Readonly<Partial<Record<ClaimName, string>>>;
}

/** What would have to differ for one rule. */
interface Candidate {
  readonly rule: Rule;
  readonly steps: readonly Settled[];
}

/**
 * The smallest change of the workflow that the policy would allow: for each rule, what would have to differ, and
 * of these the one with the fewest steps that holds when it is decided again. Undefined when there is none.
 */
export function workflowChange(
  loaded: LoadedPolicy,
  party: Party,
  request: AccessRequest,
  now: Date,
): WorkflowChange | undefined {
  const allows = allowing(loaded, party, request, now);
  const found = candidates(loaded.policy.rules, party, request)
    .toSorted((a, b) => a.steps.length - b.steps.length)
    .find(allows);
  return found && { rule: found.rule.id, steps: found.steps.map(shown) };
}

function candidates(
  rules: readonly Rule[],
  { claims, people }: Party,
  request: AccessRequest,
): readonly Candidate[] {
  const read = reading(claims, people);
  const checks = RULE_CLAUSES.map((clause) => clause(read));
  return rules.flatMap((rule) => {
    const failed = checks.flatMap(({ miss }) => miss(rule) ?? []);
    const steps = stepsTo(rule, failed, request);
    return steps === undefined || steps.length === 0 ? [] : [{ rule, steps }];
  });
}

/**
 * Whether the policy allows the run by the candidate's rule once its steps are done. The rule is asked alone first, and a
 * second one that holds is looked for, so that a policy of thousands of rules is decided as a whole only once.
 */
function allowing(
  loaded: LoadedPolicy,
  party: Party,
  request: AccessRequest,
  now: Date,
): (candidate: Candidate) => boolean {
  const { policy } = loaded;
  let rival: Rule | undefined;
  return ({ rule, steps }) => {
    const changed = withSteps(loaded, party, steps);
    const asked = request.environment === undefined ? {} : { environment: rule.environment.name };
    if (!decide({ ...loaded, policy: { ...policy, rules: [rule] } }, changed, asked, now).allow) return false;
    rival = rivalOf(rule, policy.rules, changed, rival);
    return rival === undefined && decide(loaded, changed, asked, now).allow;
  };
}

/** Another rule that holds for the same claims; the one that did so before is the likeliest. */
function rivalOf(
  rule: Rule,
  rules: readonly Rule[],
  { claims, people }: Party,
  before?: Rule,
): Rule | undefined {
  const checks = RULE_CLAUSES.map((clause) => clause(reading(claims, people)));
  const holds = (other: Rule) => other !== rule && missCount(checks, other, 1) === 0;
  return before && holds(before) ? before : rules.find(holds);
}

function shown({ where, from, to }: Settled): WorkflowStep {
  return { where, from, to };
}

/** What must differ for the rule to hold; undefined when no change of the workflow can do it. */
function stepsTo(
  rule: Rule,
  failed: readonly Miss[],
  request: AccessRequest,
): readonly Settled[] | undefined {
  const steps = failed.map((miss) => settle(miss, rule, failed));
  if (steps.includes(undefined)) return undefined;
  const wanted = rule.environment.name;
  const asked = request.environment;
  const input =
    asked === undefined || asked.toLowerCase() === wanted.toLowerCase()
      ? []
      : [{ where: 'the `environment` input of the step', from: asked, to: wanted, claims: {} }];
  const known = steps.filter((step) => step !== undefined);
  return distinct([...known, ...input]);
}

/** Two claims can follow from one key, such as the ref and the sha of `uses:`. */
function distinct(steps: readonly Settled[]): readonly Settled[] {
  const places = new Map<string, Settled>();
  for (const step of steps) {
    const before = places.get(step.where);
    places.set(step.where, before ? { ...before, claims: { ...before.claims, ...step.claims } } : step);
  }
  return [...places.values()];
}

function settle(miss: Miss, rule: Rule, failed: readonly Miss[]): Settled | undefined {
  const step = (where: string, to: string, claims: Settled['claims'], from = miss.actual): Settled => ({
    where,
    from,
    to,
    claims,
  });
  const { nodeId, name } = rule.environment;
  switch (miss.claim) {
    case 'environment':
      return step('`environment:` of the job', name, {
        environment: name,
        ...(nodeId && { environment_node_id: nodeId }),
      });
    case 'environment_node_id':
      // The right environment brings its id; the same environment with another id is no matter of the workflow.
      return failed.find(({ claim }) => claim === 'environment') && settleEnvironment(rule, failed);
    case 'ref':
    case 'ref_type':
      return rule.ref && refStep(rule.ref, failed);
    case 'ref_protected':
      return rule.refProtected === 'true'
        ? step(
            'the protection of the branch or tag (settings)',
            'protected',
            { ref_protected: 'true' },
            'not protected',
          )
        : undefined;
    case 'event_name':
      return step('`on:` of the workflow', miss.expected, { event_name: rule.eventName[0] ?? '' });
    case 'runner_environment':
      return step('`runs-on:` of the job', miss.expected, {
        runner_environment: rule.runnerEnvironment[0] ?? '',
      });
    case 'job_workflow_ref':
    case 'job_workflow_sha':
      return workflowStep(rule, failed);
    default:
      return undefined;
  }
}

function settleEnvironment(rule: Rule, failed: readonly Miss[]): Settled | undefined {
  const miss = failed.find(({ claim }) => claim === 'environment');
  return miss && settle(miss, rule, failed);
}

function refStep(ref: RefClause, failed: readonly Miss[]): Settled | undefined {
  const from = failed.find(({ claim }) => claim === 'ref')?.actual ?? '';
  const to = someRef(ref);
  if (from === '') return undefined;
  const type = to.startsWith('refs/tags/') ? 'tag' : 'branch';
  const written = ref.kind === 'glob' ? ref.pattern : ref.kind === 'one-of' ? ref.values.join(' or ') : to;
  return { where: 'the branch or tag it runs on', from, to: written, claims: { ref: to, ref_type: type } };
}

function workflowStep({ jobWorkflow }: Rule, failed: readonly Miss[]): Settled | undefined {
  if (jobWorkflow === undefined) return undefined;
  const sha = jobWorkflow.sha[0] ?? '';
  const from = failed.find(
    ({ claim }) => claim === 'job_workflow_ref' || claim === 'job_workflow_sha',
  )?.actual;
  const uses = `${jobWorkflow.path}@${sha}`;
  const claims = { job_workflow_ref: uses, job_workflow_sha: sha };
  return { where: '`uses:` of the job', from: from ?? '', to: uses, claims };
}

/** The token that the changed workflow would have; `sub` follows when it was the one of its claims. */
function withSteps(loaded: LoadedPolicy, party: Party, steps: readonly Settled[]): Party {
  const { subTemplate } = loaded.policy;
  const claims = new Map(party.claims);
  for (const step of steps) {
    for (const [name, value] of Object.entries(step.claims)) claims.set(name as ClaimName, value);
  }
  if (!subjectHolds(party.claims, subTemplate)) return { ...party, claims };
  const at = expectedSubjects(party.claims, subTemplate).indexOf(String(party.claims.get('sub')));
  const sub = expectedSubjects(claims, subTemplate)[at];
  if (sub !== undefined) claims.set('sub', sub);
  return { ...party, claims };
}
