import type { Doubt } from '../identity/people.ts';
import type { Reason } from './decision.ts';
import type { Miss } from './match.ts';

type Text = (miss: Miss) => string;
interface Advice {
  readonly cause: string | Text;
  /** What to change in the workflow or its settings; the place in the policy is added to it. */
  readonly fix: string | Text;
}

/** A miss as a row for people: the likely cause, what to change, and where the policy says so. */
export function explained(miss: Miss, rule: string, line?: number): Reason {
  const { cause, fix } = adviceFor(miss);
  const place =
    miss.key === '' ? '' : ` Policy: \`${miss.key}\`${line === undefined ? '' : `, line ${line}`}.`;
  return {
    code: miss.code,
    rule,
    claim: miss.claim,
    expected: miss.expected,
    actual: miss.actual,
    cause: typeof cause === 'string' ? cause : cause(miss),
    fix: `${typeof fix === 'string' ? fix : fix(miss)}${place}`,
    ...(line !== undefined && { line }),
  };
}

function adviceFor(miss: Miss): Advice {
  return (miss.code === 'CLAIM_MISSING' ? MISSING[miss.claim] : undefined) ?? ADVICE[miss.code];
}

const MISSING: Readonly<Record<string, Advice>> = {
  environment: {
    cause: 'The job names no environment.',
    fix: ({ expected }) => `Add \`environment: ${expected}\` to the job.`,
  },
  ref: {
    cause: 'The event has no ref, as a deployment of a commit.',
    fix: ({ expected }) => `Run the workflow on ${expected}.`,
  },
};

/** What `sub` is expected to be when the claims that it is built from cannot be read. */
export const NO_SUBJECT = 'a value built from the other claims';

const ASK = 'Ask the owner of the policy.';

/** A clause on people is held against whoever started the run, and whoever started this attempt. */
function started({ claim }: Miss): string {
  return claim.startsWith('triggering_') ? 'started this attempt of the run' : 'started the run';
}

const PERMISSION =
  'Add `actions: read` to the `permissions:` of the job (for a reusable workflow, to those of the calling job too)';
const UNVERIFIED: Readonly<Record<Doubt, string>> = {
  refused: `${PERMISSION}, or start a new run. If it is there, \`github-token\` is not the token of this job.`,
  'no-token': 'Leave the input `github-token` out, so that it is the token of the job; or start a new run.',
  unreachable: 'Run the job again, or start a new run.',
  'other-run': 'Leave the input `github-token` out, and start a new run. If that is no help, report it.',
  'not-asked':
    'Say who started it: `--rerun-by` of `policy explain`, `rerun_by` of a case. In a run, GitHub is asked.',
};

const ADVICE: Readonly<Record<Reason['code'], Advice>> = {
  NO_RULE: {
    cause: 'The policy allows only what a rule names.',
    fix: 'Change the workflow so that the nearest rule holds, or ask the owner of the policy for a rule.',
  },
  AMBIGUOUS: {
    cause: 'Rules have no order, so two that hold are a mistake of the policy.',
    fix: 'Narrow one of the rules so that they exclude each other.',
  },
  DENY_LIST: {
    cause: ({ claim }) =>
      `The policy stops ${claim.startsWith('triggering_') ? 'whoever started this attempt of the run' : 'this identity'}; the deny list beats every rule.`,
    fix: ASK,
  },
  POLICY_EXPIRED: {
    cause: 'The policy has reached its not_after.',
    fix: 'Review the policy and give it a new date.',
  },
  POLICY_REVIEW: {
    cause: 'Nobody has reviewed the policy for longer than its max_age_days.',
    fix: 'Review the policy and write the day of the review.',
  },
  RULE_REVIEW: {
    cause: 'Nobody has reviewed the rule for longer than its max_age_days.',
    fix: 'Review the rule and write the day of the review.',
  },
  BREAK_GLASS: {
    cause: 'The rule is for one emergency, and the time for it is over.',
    fix: 'Use the rule for normal runs; for another emergency, have a new one reviewed.',
  },
  ISSUER: { cause: 'The token is from another GitHub instance or enterprise.', fix: ASK },
  AUDIENCE: { cause: 'The token was made for another use.', fix: 'Let the action ask for its own token.' },
  SUB_SHAPE: {
    cause: ({ expected }) =>
      expected === NO_SUBJECT
        ? 'A claim that `sub` is built from is missing or odd.'
        : 'The repository or its organization customises `sub`, or went from the legacy to the immutable shape.',
    fix: 'Declare the shape that the repository uses as `sub_template`.',
  },
  CLAIM_MISSING: { cause: 'The issuer did not send this claim, or sent it empty.', fix: ASK },
  CLAIM_TYPE: {
    cause: 'GitHub sends this claim as text; another type is not from GitHub or is a change of its format.',
    fix: 'Do not work around this: report it.',
  },
  CLAIM_CHARSET: {
    cause:
      'The value has characters that no such claim has: look-alikes, control characters, spaces around an id.',
    fix: 'Rename the branch, environment or repository to plain ASCII; if the claim is an id, report it.',
  },
  REPOSITORY: {
    cause: 'The repository was renamed or moved, or the rule is for another one.',
    fix: 'Write the new name into the policy after checking the ids.',
  },
  REPO_ID: {
    cause: 'Another repository, perhaps one that took over the name of a deleted or renamed one.',
    fix: 'Run from the repository that the rule names.',
  },
  OWNER_ID: {
    cause: 'The repository belongs to another owner, for instance after a transfer.',
    fix: 'Check the owner before writing the new id into the policy.',
  },
  ENVIRONMENT: {
    cause: 'The job runs in another environment; a misspelt name creates a new one without protection.',
    fix: ({ expected }) => `Set \`environment: ${expected}\` in the job.`,
  },
  ENV_NODE_ID: {
    cause: 'An environment of this name was deleted and made again, perhaps without its protection rules.',
    fix: 'Check the protection rules of the environment before writing its new node id into the policy.',
  },
  REF: {
    cause: 'The workflow runs on another branch or tag.',
    fix: ({ expected, claim }) =>
      claim === 'ref' ? `Run the workflow on ${expected}.` : `Run on a ref whose type is ${expected}.`,
  },
  REF_PROTECTED: {
    cause: 'No branch protection or ruleset covers the ref, so whoever can push may change what runs.',
    fix: 'Protect the branch or tag in the settings of the repository.',
  },
  EVENT: {
    cause: ({ actual }) =>
      actual === 'pull_request_target'
        ? 'pull_request_target runs with the trust of the base repository; its token looks like one of the default branch.'
        : 'The workflow was started by an event that the rule does not allow.',
    fix: ({ expected }) => `Start the workflow by ${expected} (\`on:\` of the workflow).`,
  },
  RUNNER: {
    cause: 'The job runs on another kind of runner.',
    fix: ({ expected }) => `Use a ${expected} runner (\`runs-on:\` of the job).`,
  },
  VISIBILITY: {
    cause: 'The visibility of the repository was changed.',
    fix: 'Change it back, or ask the owner of the policy.',
  },
  JOB_WORKFLOW: {
    cause:
      'The steps of the job do not come from the reviewed reusable workflow, or from another version of it.',
    fix: ({ expected, claim }) =>
      claim === 'job_workflow_sha'
        ? `Call the reusable workflow at the commit ${expected}.`
        : `Call the reusable workflow as \`uses: ${expected.replace('…', 'COMMIT')}\`.`,
  },
  ACTOR: { cause: (miss) => `Another person ${started(miss)}.`, fix: ASK },
  ACTOR_CLASS: {
    cause: (miss) =>
      `The account that ${started(miss)} is of another class: a person, an app, or a coding agent.`,
    fix: ({ expected, claim }) =>
      `Have the ${claim === 'actor' ? 'run' : 're-run'} started by one of the class ${expected}.`,
  },
  RERUN_UNVERIFIED: {
    cause:
      "This is a re-run, or somebody else started it than the token names. The policy asks who, and only GitHub's API can say it.",
    fix: ({ doubt }) => UNVERIFIED[doubt ?? 'not-asked'],
  },
  REQUESTED_ENVIRONMENT: {
    cause: 'The `environment` input and the environment of the job differ.',
    fix: 'Set the `environment` input to the environment of the job, or leave it out.',
  },
};
