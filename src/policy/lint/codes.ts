/** What the linter says, by code: what it means, what to do. `docs/lint.md` has one section for each. */
interface Meaning {
  readonly title: string;
  readonly fix: string;
}

const ERRORS = {
  E01: m('a repository that is not one repository', 'Name each repository with its ids; there is no "all".'),
  E02: m(
    'a rule keyed on sub',
    'Name the repository, the environment and the ref; `sub` is compared besides.',
  ),
  E03: m('a repository without its ids', 'Write both ids: gh api repos/OWNER/NAME --jq ".id, .owner.id".'),
  E04: m(
    'a ref that nothing protects',
    'Leave `ref_protected` at "true"; for tags under a ruleset say so in `tag_ruleset`.',
  ),
  E05: m(
    'an event that runs foreign input with the trust of the repository',
    'Remove it; start dbt by push, schedule or workflow_dispatch.',
  ),
  E06: m(
    'a pull request that can write',
    'Give pull requests a grant with `tier: nonprod`, or with `access: read`.',
  ),
  E07: m(
    'self-hosted runners without a reason',
    'Say why in `allow_self_hosted`, or use github-hosted runners.',
  ),
  E08: m(
    'a rule without environment',
    'Name the environment, and protect it in the settings of the repository.',
  ),
  E09: m(
    'production that any workflow of the repository reaches',
    'Pin `job_workflow` with its sha, or the environment by its `node_id`.',
  ),
  E10: m(
    'a reusable workflow that is not pinned to a commit',
    'Write `path` without @ref and `sha` with full commits.',
  ),
  E11: m(
    'a claim that its holder can choose, used as identity',
    'Use job_workflow, actor_id or ref; names of workflows and people can be taken.',
  ),
  E12: m('one audience for two systems', 'Give each system an audience of its own.'),
  E13: m(
    'text that a policy may not have',
    'Write plain ASCII YAML: each key once, no anchors, tags or second document.',
  ),
  E14: m('a regular expression', 'Write the values out in `one_of`, or use `ref.glob` for refs.'),
  E15: m('an issuer that is not one of GitHub', 'Copy the issuer byte by byte, without slash at the end.'),
  E16: m('two rules that hold for one token', 'Narrow one of them, so that no token satisfies both.'),
  E17: m('a trust that its target cannot hold', 'Split the rule or the grant, or shorten its values.'),
  E18: m('an unknown key', 'Correct the key; docs/policy.md lists all of them.'),
  E19: m('a serial that goes back', 'Raise `serial` above the one in the lock file.'),
  E20: m(
    'a selection that is not a closed set',
    'Name tags, paths, packages, schemas, databases, groups or access.',
  ),
  E21: m('something missing or empty', 'Write the key with a value.'),
  E22: m('a value outside its closed set', 'Write one of the values that the message names.'),
  E23: m('a name that the policy lacks', 'Add the entry, or correct the name.'),
  E24: m('a role that administers the account', 'Make a role that may only build what dbt builds.'),
  E25: m(
    'a life that cannot be asked for',
    'Raise `max_ttl_seconds`, or choose a login whose life can be set.',
  ),
} as const;

const WARNINGS = {
  W01: m(
    'a public repository',
    'Keep its pull requests away from every grant, and its environments reviewed.',
  ),
  W02: m('another name or id at GitHub', 'Check which repository it is before correcting the policy.'),
  W03: m(
    'an environment without protection',
    'Add required reviewers or a branch policy to the environment.',
  ),
  W04: m(
    'administrators pass the protection of an environment',
    'Switch "Allow administrators to bypass" off.',
  ),
  W05: m(
    'a sub by names alone',
    'Let the repository issue immutable subjects and say `sub_template: immutable`.',
  ),
  W06: m('an entry that no rule uses', 'Remove it.'),
  W07: m('a policy for longer than 180 days', 'Bring `not_after` nearer.'),
  W08: m(
    'reviewers that the plan does not have',
    'On Free, Pro and Team a private repository has no reviewers: pin `job_workflow`, or change the plan.',
  ),
  W09: m('run-operation', 'Remove it: no selection limits what an operation touches.'),
  W10: m('production that does not say so', 'Write `tier: prod` or `tier: nonprod` into the grant.'),
  W11: m('a review that is due', 'Review, and write the day into `last_reviewed`.'),
  W12: m('something that is over', 'Remove it, or review it and give it a new date.'),
  W13: m('two environments with one principal', 'Give each environment a principal of its own.'),
  W14: m('audit mode', 'Go on to `mode: enforce` when the records show no denial.'),
  W15: m(
    'code that no commit answers for',
    'Leave `checkout` at token_commit; name another repository in `checkout: { repositories: [OWNER/NAME] }`.',
  ),
  W16: m(
    'a variable that never reaches dbt',
    'Remove it from `env`; a setting of dbt is written as an option of `command`.',
  ),
} as const;

const MEANINGS: Readonly<Record<LintCode, Meaning>> = { ...ERRORS, ...WARNINGS };

export type LintCode = keyof typeof ERRORS | keyof typeof WARNINGS;
export const LINT_CODES = Object.keys(MEANINGS) as readonly LintCode[];

/** One thing to correct, with its place. Every text is plain. */
export interface LintProblem {
  readonly code: LintCode;
  readonly severity: 'error' | 'warning';
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly fix: string;
  /** Section of the documentation, relative to the repository. */
  readonly docs: string;
}

/** What a check has found, before it has a place in the text. */
export interface Finding {
  readonly code: LintCode;
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A finding with its place and what to do. */
export function lintProblem(
  { code, message }: Pick<Finding, 'code' | 'message'>,
  { line, column }: { readonly line: number; readonly column: number },
): LintProblem {
  return {
    code,
    severity: code.startsWith('E') ? 'error' : 'warning',
    line,
    column,
    message,
    fix: MEANINGS[code].fix,
    docs: `docs/lint.md#${code.toLowerCase()}`,
  };
}

/** The title of the code's section. */
export function titleOf(code: LintCode): string {
  return MEANINGS[code].title;
}

function m(title: string, fix: string): Meaning {
  return { title, fix };
}
