/** What a drafted policy holds: text, lists of it and mappings. */
export type YamlValue = string | readonly YamlValue[] | { readonly [key: string]: YamlValue };

/** A line of YAML longer than this is written as a block. */
const WIDTH = 100;

/** `key: value` in as many lines as it needs, each indented by `indent` spaces. */
export function yamlEntry(key: string, value: YamlValue, indent: number): readonly string[] {
  const margin = ' '.repeat(indent);
  const line = `${margin}${key}: ${yamlFlow(value)}`;
  if (line.length <= WIDTH || typeof value === 'string' || isList(value)) return [line];
  const entries = Object.entries(value).flatMap(([name, inner]) => yamlEntry(name, inner, indent + 2));
  return [`${margin}${key}:`, ...entries];
}

/** A mapping as an item of a block list. */
export function yamlItem(entries: Readonly<Record<string, YamlValue>>, indent: number): readonly string[] {
  const lines = Object.entries(entries).flatMap(([key, value]) => yamlEntry(key, value, indent + 2));
  return lines.map((line, index) =>
    index === 0 ? `${' '.repeat(indent)}- ${line.slice(indent + 2)}` : line,
  );
}

/** A value on one line. */
function yamlFlow(value: YamlValue): string {
  if (typeof value === 'string') return scalar(value);
  if (isList(value)) return `[${value.map(yamlFlow).join(', ')}]`;
  const entries = Object.entries(value).map(([key, inner]) => `${key}: ${yamlFlow(inner)}`);
  return `{ ${entries.join(', ')} }`;
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

/** Quoted unless every reader of YAML takes it for the same text: ids and booleans are quoted. */
function scalar(text: string): string {
  const word = /^[A-Za-z][A-Za-z0-9_./@-]*$/.test(text) || /^[a-z]+:[A-Za-z0-9_./-]+$/.test(text);
  const other = /^(true|false|yes|no|on|off|null|y|n)$/i.test(text);
  return (word && !other) || (/ /.test(text) && /^[a-z]+( [a-z]+)*$/.test(text))
    ? text
    : JSON.stringify(text);
}
