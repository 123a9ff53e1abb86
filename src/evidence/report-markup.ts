import { html } from '../untrusted.ts';

/** HTML that is already safe. Only the template below and its callers make it. */
export interface Markup {
  readonly markup: string;
}

type Part = string | number | Markup | readonly Part[];

/**
 * A piece of HTML or SVG: the template's own text is markup, every inserted text is escaped.
 * Inserted lists are joined; what came from this function stays as it is.
 */
export function markup(template: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const [first = '', ...rest] = template;
  return { markup: first + rest.map((text, index) => rendered(parts[index] ?? '') + text).join('') };
}

export const NOTHING: Markup = { markup: '' };

function rendered(part: Part): string {
  if (typeof part === 'string') return html(part);
  if (typeof part === 'number') return String(part);
  if ('markup' in part) return part.markup;
  return part.map(rendered).join('');
}

/** Text of several lines, such as a message of dbt: each line escaped, line ends kept. */
export function lines(text: string, limit = 40): Markup {
  const all = text.split(/\r\n|\r|\n/);
  const shown = all.slice(0, limit).map((line) => html(line));
  if (all.length > limit) shown.push(`(${all.length - limit} more lines)`);
  return { markup: shown.join('\n') };
}
