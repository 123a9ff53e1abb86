/** One run, of a project made to meet some combinations of command, option, materialization and outcome. */
export interface OracleCase {
  readonly name: string;
  /** Runs in `npm test` too; the others in `npm run test:full` only. */
  readonly always?: true;
  /** The `command` input; each line is given a debug log. */
  readonly command: string;
  /** Files of the project, over those of every project. */
  readonly files?: Readonly<Record<string, string>>;
  /** SQL that makes the database before the run, over what every case has (place.ts). */
  readonly before?: string;
  /** A project whose manifest is put into the folder `state`, as another run's: its schema, and files over `files`. */
  readonly state?: { readonly schema: string; readonly files?: Readonly<Record<string, string>> };
  /** Inputs of the step besides `command`. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Claims of the job; the rule that allows everything is that of the environment `production`. */
  readonly claims?: Readonly<Record<string, string>>;
  /** Sends SIGINT once the output of the run matches. */
  readonly interrupt?: RegExp;
  /** The step's exit code; 0 when not given. */
  readonly exit?: number;
  /** What each node is and how dbt says that it ended, by hand: `table: success`. The combinations are counted from these. */
  readonly nodes: Readonly<Record<string, string>>;
  /** What sets the case apart, when it is no node: an option, or a command without results. */
  readonly option?: string;
  /** What the run changes in the database and the workspace, by hand: `+ main.orders`. */
  readonly changes: readonly string[];
  /** Of these changes, those that are no node's output, each with what made it: a key of NOT_KNOWN. */
  readonly notKnown?: Readonly<Record<string, keyof typeof NOT_KNOWN>>;
  /** What `source freshness` finds of each source, by hand. The newest order is of 7 January 2026. */
  readonly freshness?: Readonly<Record<string, 'pass' | 'warn' | 'error' | 'not measured'>>;
  /** The rows that outputs must claim, by node, where the adapter counts them. */
  readonly rows?: Readonly<Record<string, number>>;
}

/** What writes without being a node, and so where the record cannot name the tables; and why. */
export const NOT_KNOWN = {
  'hook of the run':
    'on-run-start and on-run-end are code of the project around the nodes; dbt records no relation of it',
  'hook of a node':
    'pre-hook and post-hook are code of the project around one node; dbt records no relation of it',
  macro: 'the macro of run-operation is code of the project; dbt records no relation of it',
  deps: 'dbt deps writes its lock file, whose hash is on record',
} as const;

/** What a case meets, each as `command, option, materialization: outcome`. */
export function combinations({ command, option = '', nodes }: OracleCase): readonly string[] {
  const of = (what: string) =>
    [command.split('\n')[0]?.split(' --')[0], option, what].filter(Boolean).join(', ');
  const words = Object.values(nodes);
  return words.length === 0 ? [of('')] : words.map(of);
}

/** Files of every project: one source, and a target folder of its own. */
export const PROJECT: Readonly<Record<string, string>> = {
  'dbt_project.yml': 'name: oracle\nversion: "1.0"\nprofile: passport\n',
  'models/sources.yml': `
version: 2
sources:
  - name: raw
    schema: raw
    tables:
      - name: orders
      - name: customers
`,
  '.gitignore': 'target/\nlogs/\ndbt_packages/\n',
};

export const source = (table: string) => `{{ source('raw', '${table}') }}`;
export const ref = (name: string) => `{{ ref('${name}') }}`;

/** A model in one line: its config and its SQL. */
export function model(config: Readonly<Record<string, unknown>>, sql: string): string {
  const values = Object.entries(config).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `{{ config(${values.join(', ')}) }}\n${sql}\n`;
}
