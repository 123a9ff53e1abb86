import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';

/** Words that only a shell understands. There is no shell, so dbt would get them as arguments. */
const SHELL_OPERATORS = new Set(['&&', '||', ';', '|', '&', '>', '>>', '<', '\\']);

/**
 * One line as words: split at blanks, except inside '…' or "…". Nothing is substituted, expanded or
 * escaped: a quote ends at the next quote of its kind, and every other character stands for itself.
 *
 * @throws ERR_DBT_COMMAND_INVALID for an open quote, a control character or a shell operator.
 */
export function words(line: string): readonly string[] {
  const unclosed = line.replace(/'[^']*'|"[^"]*"/g, '').match(/['"]/)?.[0];
  if (unclosed !== undefined) throw invalid(line, `the quote ${unclosed} is never closed`);
  if (/[\p{Cc}]/u.test(line.replaceAll('\t', ''))) throw invalid(line, 'it holds a control character');
  const found = line.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/gu) ?? [];
  const operator = found.find((word) => SHELL_OPERATORS.has(word));
  if (operator !== undefined) throw invalid(line, `"${operator}" belongs to a shell, and there is none`);
  return found.map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}

function invalid(line: string, reason: string): PassportError {
  return new PassportError('ERR_DBT_COMMAND_INVALID', `cannot read the command "${plain(line)}": ${reason}`, {
    hint: 'Write one dbt command per line of `command`; put an argument with blanks in quotes.',
  });
}
