/**
 * Foreign text (claims, dbt's output, names, error bodies) made safe for where it is shown.
 * One function per place; every text that is not the product's own passes one of them. Lines of a log
 * also pass workflow-commands.ts.
 */

/** On one line of a log or a message: control and invisible characters become `\uXXXX`, long text is cut. */
export function plain(text: string, limit = 500): string {
  const escaped = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const digits = (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0');
    return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits}`;
  });
  return escaped.length > limit ? `${escaped.slice(0, limit).replace(/\p{Cs}$/u, '')}…` : escaped;
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

/**
 * As a code span inside a Markdown table cell: no markup, link, mention or HTML in it takes effect.
 * A code span has no escape for its own mark and the table splits at `|` before code spans are read,
 * so both are replaced by look-alikes.
 */
export function markdownCode(text: string): string {
  const safe = plain(text).replaceAll('|', '∣').replaceAll('`', 'ˋ').trim();
  return safe === '' ? '' : `\`${safe}\``;
}
