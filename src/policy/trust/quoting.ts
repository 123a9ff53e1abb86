import { plain } from '../../untrusted.ts';

/**
 * Text as a literal of another language. No value ends its literal early or adds a line: what is invisible, or
 * would break a line, is escaped where the language has escapes and spelt out where it has none.
 */

/** A text of Snowflake SQL. Source: Snowflake, "String & binary data types", escape sequences in single-quoted constants. */
export function sqlText(value: string): string {
  return `'${unseen(value.replaceAll('\\', '\\\\').replaceAll("'", "''"))}'`;
}

/** An identifier of Snowflake SQL: as it is when no quotes are needed, which keeps it free of case. */
export function sqlName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_$]*$/.test(name)) return name;
  return quotedName(name);
}

/** An identifier of SQL in double quotes. */
export function quotedName(name: string): string {
  return `"${spelt(name).replaceAll('"', '""')}"`;
}

/** A value as JSON; with `indent`, over several lines. */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).split('\n').map(unseen).join('\n');
}

/** A text of the Common Expression Language, which reads JSON's escapes. Source: CEL specification, "String and bytes values". */
export function celText(value: string): string {
  return jsonText(value);
}

/** One word of a POSIX shell. */
export function shellWord(value: string): string {
  const word = spelt(value);
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function spelt(value: string): string {
  return plain(value, 20_000);
}

/** What cannot be seen, as the `\uXXXX` that JSON, YAML, CEL and Snowflake's SQL share. */
export function unseen(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
