/**
 * How the GitHub runner reads a step's output: its two command parsers and its command files, after
 * actions/runner `ActionCommand.cs`, `ActionCommandManager.cs` and `FileCommandManager.cs`.
 *
 * What it cannot prove: the culture-sensitive string search of .NET on hosts with ICU (here every
 * comparison is ordinal), problem matchers, and what the web page makes of the log.
 */
export interface RunnerCommand {
  readonly name: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly data: string;
}

/** Reads a line as a command of any name; the runner asks further whether the name is known to it. */
export function parsesAsCommand(line: string): RunnerCommand | undefined {
  return parseV2(line) ?? parseV1(line);
}

/** `::name key=value,key=value::data` at the start of the line, white space before it allowed. */
function parseV2(line: string): RunnerCommand | undefined {
  const text = line.replace(/^[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u, '');
  if (!text.startsWith('::')) return undefined;
  const end = text.indexOf('::', 2);
  if (end < 0) return undefined;
  return commandOf(text.slice(2, end), ',', text.slice(end + 2));
}

/** `##[name key=value;key=value]data` anywhere in the line: the old form, still executed. */
function parseV1(line: string): RunnerCommand | undefined {
  const start = line.indexOf('##[');
  if (start < 0) return undefined;
  const end = line.indexOf(']', start);
  if (end < 0) return undefined;
  return commandOf(line.slice(start + 3, end), ';', line.slice(end + 1));
}

function commandOf(info: string, separator: string, data: string): RunnerCommand {
  const [, name = '', rest = ''] = /^([^ ]*) ?(.*)$/s.exec(info) ?? [];
  const properties = new Map<string, string>();
  for (const pair of rest.trim().split(separator)) {
    const at = pair.indexOf('=');
    if (at > 0 && at < pair.length - 1)
      properties.set(pair.slice(0, at), unescapeProperty(pair.slice(at + 1)));
  }
  return { name: name.toLowerCase(), properties, data: unescapeData(data) };
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function unescapeProperty(text: string): string {
  return unescapeData(text.replaceAll('%3A', ':').replaceAll('%2C', ','));
}

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  readonly file: string;
  readonly line: string;
}

/** What a step's standard output did. */
export interface StepLog {
  /** The log as a person sees it: commands executed and taken out, masked values replaced. */
  readonly text: string;
  readonly annotations: readonly Annotation[];
  readonly masks: readonly string[];
  /** Set by `set-output` and `save-state` commands in the output, not by the command files. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly state: ReadonlyMap<string, string>;
}

/** Replays standard output through the runner's command manager. */
export function readStepLog(stdout: string): StepLog {
  const log = { annotations: [] as Annotation[], masks: [] as string[] };
  const outputs = new Map<string, string>();
  const state = new Map<string, string>();
  const shown: string[] = [];
  let stopToken = '';
  for (const line of stdout.split(/\r\n|\r|\n/)) {
    const command = parsesAsCommand(line);
    if (stopToken !== '') {
      if (command?.name === stopToken) stopToken = '';
      else shown.push(masked(line, log.masks));
      continue;
    }
    if (command?.name === 'stop-commands') stopToken = command.data.toLowerCase();
    else if (command === undefined || !execute(command, log, outputs, state))
      shown.push(masked(line, log.masks));
  }
  return { text: shown.join('\n'), ...log, outputs, state };
}

const SILENT = ['group', 'endgroup', 'debug', 'echo', 'add-matcher', 'remove-matcher', 'set-env', 'add-path'];

function execute(
  command: RunnerCommand,
  log: { readonly annotations: Annotation[]; readonly masks: string[] },
  outputs: Map<string, string>,
  state: Map<string, string>,
): boolean {
  const property = (name: string) => command.properties.get(name) ?? '';
  switch (command.name) {
    case 'error':
    case 'warning':
    case 'notice':
      log.annotations.push({
        level: command.name,
        title: property('title'),
        message: command.data,
        file: property('file'),
        line: property('line'),
      });
      return true;
    case 'add-mask':
      log.masks.push(command.data, ...command.data.split(/[\r\n]+/).filter((part) => part !== ''));
      return true;
    case 'set-output':
      outputs.set(property('name'), command.data);
      return true;
    case 'save-state':
      state.set(property('name'), command.data);
      return true;
    default:
      return SILENT.includes(command.name);
  }
}

function masked(line: string, masks: readonly string[]): string {
  return masks.reduce((text, mask) => text.replaceAll(mask, '***'), line);
}

/** Reads GITHUB_OUTPUT, GITHUB_STATE or GITHUB_ENV: `name=value` or `name<<delimiter` … `delimiter`. */
export function readCommandFile(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const [, name = '', operator, rest = ''] = /^(.*?)(<<|=)(.*)$/s.exec(line) ?? [];
    if (operator === undefined || name === '') throw new Error(`invalid command file line: ${line}`);
    if (operator === '=') {
      values.set(name, rest);
      continue;
    }
    const end = lines.indexOf(rest, at + 1);
    if (end < 0) throw new Error(`matching delimiter not found: ${rest}`);
    values.set(name, lines.slice(at + 1, end).join('\n'));
    at = end;
  }
  return values;
}
