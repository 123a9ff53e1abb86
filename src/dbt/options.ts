/**
 * dbt's command-line options, as far as the product must know them.
 * Source: https://docs.getdbt.com/reference/global-configs/about-global-configs and dbt-core's cli/params.py.
 */

const FOLDERS = 'dbt-passport keeps its folders private and collects the artifacts from there';
const PROFILE = "the policy's rule decides the warehouse and the target";
const JSON_FILES = 'the evidence is made from these files';

/** Options that a command must not set, with the reason. */
export const OWNED_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['--profiles-dir', PROFILE],
  ['--profile', PROFILE],
  ['--target', PROFILE],
  ['-t', PROFILE],
  ['--project-dir', 'the input `project-dir` names the project'],
  ['--target-path', FOLDERS],
  ['--log-path', FOLDERS],
  ['--log-format', 'dbt-passport sets the format of the log'],
  ['--log-format-file', JSON_FILES],
  ['--log-file-max-bytes', 'the log is part of the evidence and stays in one file'],
  ['--write-json', JSON_FILES],
  ['--no-write-json', JSON_FILES],
  ['--partial-parse-file-path', 'the project is parsed afresh, so that what was checked is what runs'],
  ['--partial-parse-file-diff', 'the project is parsed afresh, so that what was checked is what runs'],
  ['--no-partial-parse-file-diff', 'the project is parsed afresh, so that what was checked is what runs'],
  ['--record-timing-info', 'it writes a file anywhere'],
  ['-r', 'it writes a file anywhere'],
  ['--upload-to-artifacts-ingest-api', 'artifacts leave the job only as evidence'],
  ['--use-v2-parser', 'it starts another program in the place of dbt'],
  ['--v2-parser', 'it names a program that dbt starts'],
  ['--snowflake-projects-otel', 'nothing leaves the job but the evidence'],
  ['--inline', 'inline SQL is no node of the project, so no rule can limit it'],
  ['--inline-direct', 'inline SQL is no node of the project, so no rule can limit it'],
  ['--help', 'it runs nothing'],
  ['-h', 'it runs nothing'],
  ['--version', 'it runs nothing'],
  ['-v', 'it runs nothing'],
  ['-V', 'it runs nothing'],
]);

/** Options without a value; each also exists with `no-`. Any other option is taken to have one. */
const SWITCHES: ReadonlySet<string> = new Set([
  ...['-d', '-f', '-q', '-x'],
  ...['--browser', '--cache-selected-only', '--compile', '--debug', '--defer', '--empty', '--empty-catalog'],
  ...[
    '--export-saved-queries',
    '--fail-fast',
    '--favor-state',
    '--full-refresh',
    '--hints-enabled',
    '--include-saved-query',
  ],
  ...['--inject-ephemeral-ctes', '--introspect', '--lock', '--log-cache-events', '--macro-debugging'],
  ...['--partial-parse', '--populate-cache', '--print', '--quiet', '--send-anonymous-usage-stats', '--show'],
  ...[
    '--show-all-deprecations',
    '--show-resource-report',
    '--single-threaded',
    '--static',
    '--static-parser',
  ],
  ...['--store-failures', '--upgrade', '--use-colors', '--use-colors-file', '--use-experimental-parser'],
  ...['--use-fast-test-edges', '--use-v2-parser', '--version-check', '--warn-error'],
  ...[
    '--snowflake-projects-otel',
    '--partial-parse-file-diff',
    '--upload-to-artifacts-ingest-api',
    '--write-json',
  ],
]);

/** Whether dbt takes the next word as the value of this one, even if that word looks like an option. */
export function takesNext(argument: string): boolean {
  const name = optionName(argument);
  return name === argument && !SWITCHES.has(name.replace(/^--no-/, '--'));
}

/** Global options that take one value and may stand before the command's name. */
export const GLOBAL_OPTIONS_WITH_VALUE: ReadonlySet<string> = new Set([
  '--defer-state',
  '--indirect-selection',
  '--log-level',
  '--log-level-file',
  '--maximum-seed-size-mib',
  '--printer-width',
  '--state',
  '--warn-error-options',
]);

/** What an argument is called when it is an option (`--select=x` is `--select`); null for a value. */
export function optionName(argument: string): string | null {
  if (!/^-[^\d]/.test(argument)) return null;
  return argument.split('=', 1)[0] ?? null;
}

/** Whether one of these options is given, in any spelling that dbt reads. */
export function hasOption(args: readonly string[], ...names: readonly string[]): boolean {
  return args.some((argument) => names.includes(optionName(argument) ?? ''));
}

/** The value of an option wherever it is given: after `=`, or the next argument. */
export function optionValues(args: readonly string[], name: string): readonly string[] {
  return args.flatMap((argument, index) => {
    if (optionName(argument) !== name) return [];
    return argument === name ? args.slice(index + 1, index + 2) : [argument.slice(name.length + 1)];
  });
}

/** The values of an option that takes many: like dbt, everything up to the next option belongs to it. */
export function optionLists(args: readonly string[], names: readonly string[]): readonly string[] {
  let open = false;
  return args.flatMap((argument) => {
    if (!argument.startsWith('-')) return open ? [argument] : [];
    const name = optionName(argument);
    open = name !== null && names.includes(name);
    return open && name !== null && argument !== name ? [argument.slice(name.length + 1)] : [];
  });
}
