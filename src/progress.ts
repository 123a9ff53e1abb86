import type { Facts } from './evidence/record.ts';

type Tellers = { readonly [K in keyof Facts]: (fact: Facts[K]) => string };

/** What a person reads in the log when a stage has kept its fact: one line each, the stage first. */
const TELL: Tellers = {
  policy: ({ source, sha256 }) => `policy       ${source} (sha256 ${sha256.slice(0, 12)}…)`,
  identity: ({ token }) =>
    `identity     ${token.subject}, proven by ${token.issuer} until ${token.expiresAt}`,
  decision: ({ allow, rule, nearest }) =>
    allow
      ? `decision     allowed by rule ${rule}`
      : `decision     denied${nearest === null ? '' : `; nearest rule ${nearest}`}`,
  grants: (grants) => `grants       ${[...grants.keys()].join(', ')}`,
  engine: ({ version, adapters }) =>
    `dbt          ${version}, ${Object.entries(adapters)
      .map(([name, of]) => `${name} ${of}`)
      .join(', ')}`,
  plan: ({ commands, hooks }) => {
    const parts = commands.map(({ command, selection, nodes }) =>
      selection === 'none' ? `${command.name}: no nodes` : `${command.name}: ${nodes.length} nodes`,
    );
    return `plan         ${parts.join('; ')}${hooks.length === 0 ? '' : `; ${hooks.length} hooks outside any selection`}`;
  },
  credentials: (facts) =>
    facts.length === 0
      ? 'credentials  none: the warehouse is a local file'
      : `credentials  ${facts.map((fact) => `${fact.principal} until ${fact.expiresAt}`).join('; ')}`,
  runs: (runs) => {
    const last = runs.at(-1)?.invocation;
    return last === undefined
      ? 'dbt          nothing ran'
      : `dbt          ${last.command.name} ended with exit code ${last.exitCode}`;
  },
  lineage: ({ nodes, edges }) => `lineage      ${nodes.length} nodes, ${edges.length} edges`,
  events: (events) => `lineage      ${events.length} OpenLineage events`,
};

/** The line for a fact. */
export function progressLine<K extends keyof Facts>(name: K, fact: Facts[K]): string {
  return TELL[name](fact);
}
