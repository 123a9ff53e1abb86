import { checkoutTold } from './checkout/told.ts';
import { changedText, checkoutText } from './checkout/words.ts';
import { FRESHNESS_WORDS, freshnessOf, freshnessText } from './dbt/freshness.ts';
import type { RunFact } from './dbt/invocation.ts';
import { attemptWords, startedWords } from './evidence/people-words.ts';
import type { Facts } from './evidence/record.ts';
import { auditedUnder } from './policy/decision.ts';
import { plain } from './untrusted.ts';

const HOW_TO_VERIFY = 'With `actions: read` among the permissions of the job, GitHub is asked';

type Tellers = { readonly [K in keyof Facts]: (fact: Facts[K]) => string | readonly string[] };

/** What a person reads in the log when a stage has kept its fact: a line each, the stage first; for freshness more. */
const TELL: Tellers = {
  askedPolicy: ({ reference, found }) =>
    found === undefined
      ? `policy       ${plain(reference)} did not come`
      : `policy       ${found.source} came, to be checked`,
  policy: ({ source, sha256 }) => `policy       ${source} (sha256 ${sha256.slice(0, 12)}…)`,
  identity: ({ token }) =>
    `identity     ${token.subject}, proven by ${token.issuer} until ${token.expiresAt}`,
  people: (people) => {
    const again = attemptWords(people);
    const hint = people.attemptBy.basis === 'asserted' ? `. ${HOW_TO_VERIFY}` : '';
    return plain(`people       ${startedWords(people)}${again && `; this attempt by ${again}${hint}`}`, 600);
  },
  decision: (decision) => {
    const { allow, rule, nearest, breakGlass } = decision;
    if (allow) return `decision     allowed by rule ${rule}${breakGlass ? ', which is break-glass' : ''}`;
    const near = nearest === null ? '' : `; nearest rule ${nearest}`;
    const audited = auditedUnder(decision);
    if (audited === null) return `decision     denied${near}`;
    return `decision     DENIED${near}; audit mode lets it go on under rule ${audited}, with no credential issued for it`;
  },
  grants: (grants) => `grants       ${[...grants.keys()].join(', ')}`,
  checkout: (fact) => `checkout     ${checkoutText(checkoutTold(fact))}`,
  changedInRun: (changed) => `checkout     ${changedText(changed)}`,
  environment: ({ settings, dropped, variables }) => {
    const shown = (title: string, parts: readonly string[]) =>
      parts.length === 0 ? [] : [`${title} ${parts.map((part) => plain(part, 100)).join(', ')}`];
    const parts = [
      ...shown(
        'settings',
        settings.map(({ name, value }) => `${name}=${value}`),
      ),
      ...shown('settings that it does not get', dropped),
      ...shown('variables for the project', variables),
    ];
    return `environment  of dbt: ${parts.join('; ') || 'none of the job that matters'}`;
  },
  flags: (flags) =>
    `flags        ${flags.map(({ name, value, source }) => `${name}: ${value} (${source})`).join(', ') || 'none in dbt_project.yml'}`,
  engine: ({ version, adapters }) =>
    `dbt          ${version}, ${Object.entries(adapters)
      .map(([name, of]) => `${name} ${of}`)
      .join(', ')}`,
  installed: ({ packages, folder }) =>
    packages.length === 0
      ? 'packages     none installed'
      : `packages     ${packages.length} installed${folder === undefined ? '' : ` in ${plain(folder)}`}`,
  plan: ({ commands, hooks }) => {
    const parts = commands.map(({ command, selection, nodes, operation }) => {
      if (operation !== undefined)
        return `${command.name}: macro ${plain(operation, 100)}, outside any selection`;
      return `${command.name}: ${selection === 'resolved' ? `${nodes.length} nodes` : UNRESOLVED[selection]}`;
    });
    return `plan         ${parts.join('; ')}${hooks.length === 0 ? '' : `; ${hooks.length} hooks outside any selection`}`;
  },
  staticCredentials: (found) => {
    const parts = found.map(({ variable, where, outcome }) => `${variable} (${where}) ${outcome}`);
    return `static keys  ${parts.join(', ') || 'looked for, none found'}`;
  },
  // Told at each issue; the earlier ones have had their line.
  credentials: (facts) => {
    const last = facts.at(-1);
    if (last === undefined) return 'credentials  none yet';
    const life = last.expiresAt === '' ? '' : ` until ${last.expiresAt}`;
    return `credentials  ${last.provider}: ${last.principal}${life} (${facts.length} so far)`;
  },
  credentialsEndedAt: (at) => `credentials  closed at ${at}`,
  runs: (runs) => {
    const last = runs.at(-1);
    if (last === undefined) return 'dbt          nothing ran';
    const { command, exitCode } = last.invocation;
    return [`dbt          ${command.name} ended with exit code ${exitCode}`, ...freshnessLines(last)];
  },
  outputs: ({ target, files, withheld }) =>
    `outputs      ${files} files of dbt, until the job ends: ${plain(target, 300)}${withheld.length === 0 ? '' : `; withheld: ${withheld.map((name) => plain(name, 100)).join(', ')}`}`,
  lineage: ({ nodes, edges }) => `lineage      ${nodes.length} nodes, ${edges.length} edges`,
  events: (events) => `lineage      ${events.length} OpenLineage events`,
};

const UNRESOLVED = { none: 'no nodes', deferred: 'planned after the lines before it' };

/** Sources that have a line of their own in the log. */
const SOURCE_LIMIT = 50;

/** Each source with its age, which dbt itself does not print; the worst first. */
function freshnessLines(run: RunFact): readonly string[] {
  const rows = freshnessOf(run, []);
  const lines = rows
    .slice(0, SOURCE_LIMIT)
    .map(
      (row) =>
        `freshness    ${FRESHNESS_WORDS[row.status]}: ${plain(row.uniqueId)}, ${plain(freshnessText(row), 500)}`,
    );
  return rows.length > SOURCE_LIMIT
    ? [...lines, `freshness    and ${rows.length - SOURCE_LIMIT} more sources`]
    : lines;
}

/** The lines for a fact. */
export function progressLines<K extends keyof Facts>(name: K, fact: Facts[K]): readonly string[] {
  return [TELL[name](fact)].flat();
}
