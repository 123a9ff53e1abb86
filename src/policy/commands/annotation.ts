import { breakCommands } from '../../workflow-commands.ts';

/** One remark at a place of a file, as GitHub shows it in a pull request. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  readonly title: string;
  readonly message: string;
}

/**
 * The workflow command that makes the runner show it. Source: GitHub docs, "Workflow commands"; the escapes are
 * those of actions/toolkit, `@actions/core` command.ts.
 */
export function annotationLine({ level, file, line, column, title, message }: Annotation): string {
  const place = column === undefined ? '' : `,col=${column}`;
  return `::${level} file=${property(file)},line=${line}${place},title=${property(title)}::${data(message)}`;
}

/** Text for a log that the runner reads: nothing in it is taken for a command. */
export function inertText(text: string): string {
  return text.split('\n').map(breakCommands).join('\n');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
