import { plain } from '../../untrusted.ts';
import { wrapped } from '../wrapped.ts';
import { jsonText } from './quoting.ts';
import type { Rendered, TrustProblem, UncheckedRow } from './rendered.ts';

/** Characters of a line in a terminal, but for files. */
const COLUMNS = 100;

/** For a terminal: every file with its name, then what the target does not check, then problems at `source:line`. */
export function renderText({ target, files, unchecked, problems }: Rendered, source: string): string {
  const written = files.map(({ name, text }) => `==> ${name}\n${text}`);
  const nothing = [files, unchecked, problems].every(({ length }) => length === 0);
  if (nothing) written.push(`The policy hands out nothing of ${target}.\n`);
  return [...written, uncheckedText(target, unchecked), problemLines(problems, source)]
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
      wrapped(`  ${same.map(({ claim }) => claim).join(', ')}`, COLUMNS, '  '),
      ...[`why:     ${why}`, `instead: ${instead}`, `rules:   ${plain(rules.join(', '), 200)}`].map((line) =>
        wrapped(`    ${line}`, COLUMNS, ' '.repeat(13)),
      ),
    ];
  });
  return `${[`What ${target} does not check:`, ...lines].join('\n')}\n`;
}

function problemLines(problems: Rendered['problems'], source: string): string {
  const line = (problem: TrustProblem) =>
    wrapped(
      `${plain(source)}:${problem.line}: ${problem.level}: ${plain(problem.message, 1000)}\n`,
      COLUMNS,
      '  ',
    );
  return problems.map(line).join('');
}
