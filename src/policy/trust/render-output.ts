import { plain } from '../../untrusted.ts';
import { jsonText } from './quoting.ts';
import type { Rendered, UncheckedRow } from './rendered.ts';

/** For a terminal: every file with its name, then what the target does not check, then problems. */
export function renderText({ target, files, unchecked, problems }: Rendered): string {
  const written = files.map(({ name, text }) => `==> ${name}\n${text}`);
  const nothing = [files, unchecked, problems].every(({ length }) => length === 0);
  if (nothing) written.push(`The policy hands out nothing of ${target}.\n`);
  return [...written, uncheckedText(target, unchecked), ...problemLines(problems)]
    .filter((part) => part !== '')
    .join('\n');
}

/** For programs: the same, as data. */
export function renderJson(rendered: Rendered): string {
  return `${jsonText(rendered, 2)}\n`;
}

/** Claims that share rules and reason share an entry. */
function uncheckedText(target: string, rows: readonly UncheckedRow[]): string {
  if (rows.length === 0) return '';
  const entries = new Map<string, UncheckedRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.why, row.instead, row.rules]);
    entries.set(key, [...(entries.get(key) ?? []), row]);
  }
  const lines = [...entries.values()].flatMap((same) => {
    const [{ why = '', instead = '', rules = [] } = {}] = same;
    return [
      `  ${same.map(({ claim }) => claim).join(', ')}`,
      `    why:     ${why}`,
      `    instead: ${instead}`,
      `    rules:   ${plain(rules.join(', '), 200)}`,
    ];
  });
  return `${[`What ${target} does not check:`, ...lines].join('\n')}\n`;
}

function problemLines(problems: Rendered['problems']): readonly string[] {
  return problems.map(({ level, line, message }) => `line ${line}: ${level}: ${plain(message, 1000)}\n`);
}
