import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml';

/** A longer file is not looked through: a place to click is not worth the time. In UTF-16 units. */
const LONGEST = 1_000_000;

/**
 * The 1-based line of a source's table in its YAML file; undefined when it is not to be found there.
 * @param uniqueId `source.<package>.<source>.<table>`
 */
export function sourceLine(yaml: string, uniqueId: string): number | undefined {
  if (yaml.length > LONGEST) return undefined;
  const [, , source = '', ...table] = uniqueId.split('.');
  const counter = new LineCounter();
  const { contents } = parseDocument(yaml, { lineCounter: counter, logLevel: 'silent' });
  if (!isMap(contents)) return undefined;
  const found = named(contents, 'sources', source).flatMap((one) => named(one, 'tables', table.join('.')));
  const offset = found[0]?.range?.[0];
  return offset === undefined ? undefined : counter.linePos(offset).line;
}

/** The entries of a list in the map that have this name. */
function named(map: YAMLMap, list: string, name: string): readonly YAMLMap[] {
  const entries = map.get(list);
  if (!isSeq(entries)) return [];
  return entries.items.filter((entry): entry is YAMLMap => {
    if (!isMap(entry)) return false;
    const own = entry.get('name', true);
    return isScalar(own) && String(own.value) === name;
  });
}
