/**
 * Foreign text (claims, dbt's output, names, error bodies) made safe for where it is shown.
 * One function per place; every text that is not the product's own passes one of them.
 */

/** On one line of a log or a message: control characters become `\uXXXX`, long text is cut. */
export function plain(text: string, limit = 500): string {
  const escaped = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
  return escaped.length > limit ? `${escaped.slice(0, limit)}…` : escaped;
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** As text or a quoted attribute of HTML. */
export function html(text: string): string {
  return plain(text, 20_000).replace(/[&<>"']/g, (character) => HTML[character] ?? '');
}

/** As a code span inside a Markdown table cell: no markup, link or HTML in it takes effect. */
export function markdownCode(text: string): string {
  const safe = plain(text).replaceAll('|', '\\|').replaceAll('`', 'ˋ');
  return safe === '' ? '' : `\`${safe}\``;
}
