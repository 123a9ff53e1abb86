import { type Markup, markup, NOTHING } from './report-markup.ts';

type Content = string | Markup | readonly (string | Markup)[];

/** A chapter of the report with its heading. */
export function section(id: string, title: string, ...content: readonly Markup[]): Markup {
  return markup`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>
`;
}

/** Names and values. A value that is empty text is shown as "not known", never as a blank. */
export function factList(rows: readonly (readonly [name: string, value: Content])[]): Markup {
  return markup`<dl>${rows.map(
    ([name, value]) =>
      markup`<div><dt>${name}</dt><dd>${value === '' ? markup`<span class="quiet">not known</span>` : value}</dd></div>
`,
  )}</dl>`;
}

/** A table that scrolls inside its own box when it is wider than the page. The first cell of a row heads it. */
export function table(
  caption: string,
  columns: readonly string[],
  rows: readonly { readonly cells: readonly Content[] }[],
): Markup {
  if (rows.length === 0) return NOTHING;
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => markup`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ({ cells: [head = '', ...cells] }) =>
    markup`<tr><th scope="row">${head}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>
`,
)}</tbody>
</table></div>
`;
}

export function code(text: string): Content {
  return text === '' ? '' : markup`<code>${text}</code>`;
}

/** The product's own sentences: what stands between backticks is shown as code. */
export function prose(text: string): Markup {
  const parts = text.split('`');
  if (parts.length % 2 === 0) return markup`${text}`;
  return markup`${parts.map((part, index) => (index % 2 === 0 ? part : markup`<code>${part}</code>`))}`;
}

/** A short remark with a coloured edge. */
export function note(kind: 'bad' | 'warn' | 'info', content: Content): Markup {
  return markup`<p class="note ${kind}">${content}</p>
`;
}

/** A part that is folded on the screen and open in print. */
export function folded(title: string, content: Markup): Markup {
  return markup`<details><summary>${title}</summary>
${content}
</details>
`;
}

/** An RFC 3339 time as people read it, to the second, always in UTC; other text as it is. */
export function time(text: string): Content {
  const at = new Date(text);
  if (text === '' || Number.isNaN(at.getTime())) return text;
  const iso = at.toISOString();
  return markup`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`;
}

/** Seconds as people read them; empty when not a number. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '';
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Seconds between two RFC 3339 times; NaN when one is missing. */
export function secondsBetween(start: string, end: string): number {
  return (Date.parse(end) - Date.parse(start)) / 1000;
}

/** A link when the address is plain https, else the text alone. */
export function link(address: string, text: string): Markup {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol !== 'https:' || url.username !== '') return markup`${text}`;
  return markup`<a href="${url.href}" rel="noreferrer">${text}</a>`;
}
