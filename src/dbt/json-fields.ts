/** A JSON object of unknown shape. Read with the functions below: what is absent or odd becomes the empty value. */
export type Fields = Readonly<Record<string, unknown>>;

const NONE: Fields = Object.freeze({});

export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : NONE;
}

/** The first of these values that is a text and not empty; numbers and booleans are written out. */
export function text(...values: readonly unknown[]): string {
  for (const value of values) {
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  }
  return '';
}

/** A list of texts without duplicates; a single text counts as a list of one, as dbt's `tags` allow. */
export function texts(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  return [...new Set(list.filter((item) => typeof item === 'string' && item !== ''))];
}

export function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
