import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';
import {
  GLOBAL_OPTIONS_WITH_VALUE,
  hasOption,
  OWNED_OPTIONS,
  optionName,
  optionValues,
  takesNext,
} from './options.ts';
import { words } from './words.ts';

/** One dbt command of the `command` input, parsed to argv without a shell. */
export interface DbtCommand {
  /** As the user wrote it, for messages; one line, plain text. */
  readonly text: string;
  /** The dbt command: `build`, `run`, `source freshness`, … */
  readonly name: string;
  /** Everything after the name. */
  readonly args: readonly string[];
}

/** The commands that can be asked for, by the names that rules use; `list` is `ls`. `retry` has none: it repeats one of these. */
export const DBT_COMMANDS: readonly string[] = [
  'build',
  'clone',
  'compile',
  'deps',
  'docs generate',
  'ls',
  'parse',
  'run',
  'run-operation',
  'seed',
  'show',
  'snapshot',
  'source freshness',
  'test',
];

/**
 * Lines that a `retry` right after them can repeat. dbt would also repeat `compile` and `docs generate`, which execute
 * nothing. Source: dbt-core, dbt/task/retry.py, TASK_DICT.
 */
const REPEATABLE: ReadonlySet<string> = new Set([
  'build',
  'clone',
  'run',
  'run-operation',
  'seed',
  'snapshot',
  'test',
]);

/** `retry` repeats what the line right before it left failed or skipped, with the options of that line. */
export function isRetry({ name }: Pick<DbtCommand, 'name'>): boolean {
  return name === 'retry';
}

/** Longest `command` input, in UTF-16 units. */
const LONGEST = 32_768;

const RETRY =
  '`retry` repeats the line right before it: build, run, test, seed, snapshot, clone or run-operation. A job starts without the ' +
  'results of an earlier run. To repeat those, name the nodes, e.g. ' +
  '`build --select result:error+ --state <folder with the earlier run_results.json>`.';

/**
 * The `command` input as dbt commands in order: one per line, blank lines and lines that start with `#`
 * left out, a leading `dbt` tolerated.
 *
 * @throws ERR_DBT_COMMAND_INVALID when there is none, when dbt has no such command, when a command
 *   sets an option that is not the caller's to set, or when `retry` follows nothing that it could repeat.
 */
export function parseCommands(input: string): readonly DbtCommand[] {
  if (input.length > LONGEST) {
    const message = `expected at most ${LONGEST} characters in the input \`command\`, got ${input.length}`;
    throw invalid(message, 'Select by tag or path, or with a selector of the project.');
  }
  const lines = input.split(/\r\n|\r|\n/).map((line) => line.trim());
  const commands: DbtCommand[] = [];
  for (const line of lines.filter((text) => text !== '' && !text.startsWith('#'))) {
    const command = parseCommand(line);
    commands.push(isRetry(command) ? retryOf(commands.at(-1), command) : command);
  }
  if (commands.length === 0) throw invalid('the input `command` is empty', 'Set it to e.g. `build`.');
  return commands;
}

function parseCommand(line: string): DbtCommand {
  const all = words(line);
  const argv = all[0] === 'dbt' ? all.slice(1) : all;
  const before = countLeadingOptions(argv);
  const { name, length } = nameOf(argv.slice(before), line);
  // dbt takes its global options on either side of the name.
  const args = [...argv.slice(0, before), ...argv.slice(before + length)];
  for (const argument of args) checkArgument(argument, line);
  for (const [index, argument] of args.entries()) checkValue(argument, args[index + 1], line);
  if (name === 'source freshness' && hasOption(args, '--output', '-o')) {
    throw invalid(`--output in "${plain(line)}" cannot be set: it writes a file anywhere`, 'Leave it out.');
  }
  return { text: plain(line), name, args };
}

/**
 * It takes its options from the line that it repeats, so it has none of its own. Two of them dbt does not keep: without them a
 * warning that failed that line would pass, and it would defer elsewhere. Source: dbt/task/retry.py, IGNORE_PARENT_FLAGS.
 */
function retryOf(before: DbtCommand | undefined, retry: DbtCommand): DbtCommand {
  const { text, args } = retry;
  if (before === undefined || !(REPEATABLE.has(before.name) || isRetry(before)))
    throw invalid(`"${text}" follows no line that it could repeat`, RETRY);
  if (args.length > 0 && !/^--threads[= ]\d+$/.test(args.join(' ')))
    throw invalid(
      `"${text}" has options`,
      '`retry` runs with the options of the line before it. Only `--threads` can be another.',
    );
  const kept = [
    ...['--warn-error', '--no-warn-error'].filter((name) => hasOption(before.args, name)),
    ...optionValues(before.args, '--defer-state').map((folder) => `--defer-state=${folder}`),
  ];
  return { ...retry, args: [...kept, ...args] };
}

function countLeadingOptions(argv: readonly string[]): number {
  let count = 0;
  for (let next = argv[0]; next?.startsWith('-') === true; next = argv[count]) {
    count += GLOBAL_OPTIONS_WITH_VALUE.has(next) ? 2 : 1;
  }
  return count;
}

function nameOf(argv: readonly string[], line: string): { name: string; length: number } {
  const [first = '', second = ''] = argv;
  if (first === 'list') return { name: 'ls', length: 1 };
  if (isRetry({ name: first })) return { name: first, length: 1 };
  if (DBT_COMMANDS.includes(first)) return { name: first, length: 1 };
  const two = `${first} ${second}`;
  if (DBT_COMMANDS.includes(two)) return { name: two, length: 2 };
  throw invalid(
    `"${plain(line)}" does not start with a dbt command that can be run here`,
    `Known commands: ${DBT_COMMANDS.join(', ')}, and retry after one of them.`,
  );
}

function checkArgument(argument: string, line: string): void {
  const where = () => `in "${plain(line)}"`;
  if (argument === '--') throw invalid(`"--" ${where()} is not supported`, 'Leave it out.');
  const name = optionName(argument);
  if (name === null) return;
  const reason = OWNED_OPTIONS.get(name);
  if (reason !== undefined) {
    throw invalid(
      `${name} ${where()} cannot be set: ${reason}`,
      `Remove ${name} from the input \`command\`.`,
    );
  }
  if (/^-[^-]./.test(argument)) {
    throw invalid(
      `"${plain(argument)}" ${where()} is several short options, or one with its value, in one word`,
      'Write them apart, e.g. `-s tag:x -f`; a value that starts with "-" goes after "=".',
    );
  }
}

/** dbt takes whatever follows as the value, we would read an option: `--state --exclude=x` excludes nothing. */
function checkValue(argument: string, next: string | undefined, line: string): void {
  if (!takesNext(argument) || next?.startsWith('-') !== true) return;
  if (argument === '--limit' && /^-\d+$/.test(next)) return;
  throw invalid(
    `${plain(argument)} in "${plain(line)}" has no value before "${plain(next)}"`,
    'Give it its value; one that starts with "-" goes after "=". Put an option that takes none last.',
  );
}

function invalid(message: string, hint: string): PassportError {
  return new PassportError('ERR_DBT_COMMAND_INVALID', message, { hint });
}
