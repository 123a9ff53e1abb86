import { opensTooMuch, readAnyYaml, type TextFault } from './any-yaml.ts';
import { DEPTH, type DocumentNode, type PlainStop, readPlainYaml } from './plain-yaml.ts';
import type { Problem } from './problem.ts';

/** A parsed file: every scalar is text, objects have no prototype. */
export interface PolicyDocument {
  readonly value: unknown;
  /** Characters of the text. */
  readonly size: number;
  /** Where a value stands, or its key; for a path that does not exist, the nearest place above it. */
  place(path: readonly (string | number)[], part?: 'key' | 'value'): { line: number; column: number };
}

/**
 * Characters up to which every form of YAML is read. A general parser takes long for much text, so a larger
 * policy has to be in the plain form that policies are written in anyway.
 */
const ANY_FORM = 6 * 1024;

/**
 * Reads the part of YAML 1.2 that a policy needs: mappings, lists and text. Nothing of a text changes its meaning: an id is
 * never rounded, `NO` is never a boolean. The plain form is read in linear time; another one by a general parser.
 */
export function parsePolicyDocument(
  text: string,
): PolicyDocument | { readonly problems: readonly Problem[] } {
  const at = placesOf(text);
  const read = readPlainYaml(text);
  const root = 'offset' in read ? readOtherForm(text, read) : read;
  if ('faults' in root) {
    return { problems: root.faults.map(({ offset, ...fault }) => ({ ...fault, ...at(offset) })) };
  }
  return {
    value: plainValue(root),
    size: text.length,
    place: (path, part = 'value') => at(offsetOf(root, path, part)),
  };
}

function readOtherForm(
  text: string,
  { offset, why }: PlainStop,
): DocumentNode | { readonly faults: readonly TextFault[] } {
  if (text.length <= ANY_FORM || opensTooMuch(text)) return readAnyYaml(text);
  return { faults: [{ ...REFUSED[why], offset }] };
}

const REFUSED = {
  twice: { reason: 'POLICY_DUPLICATE', message: 'this key stands twice in its mapping' },
  depth: { reason: 'POLICY_DEPTH', message: `nested deeper than ${DEPTH} levels` },
  form: {
    reason: 'POLICY_SYNTAX',
    message: `above ${ANY_FORM} characters, expected key: value, - item, brackets, and text on one line; here is another form of YAML`,
  },
} as const;

/** A prototype with nothing on it: an object of its own kind takes less memory than one without any. */
const NOTHING: object = Object.freeze(Object.create(null));

function plainValue({ value }: DocumentNode): unknown {
  if (typeof value === 'string') return value;
  if (isList(value)) return value.map(plainValue);
  const entries = Object.create(NOTHING) as Record<string, unknown>;
  for (const [key, { node }] of value) entries[key] = plainValue(node);
  return entries;
}

function offsetOf(root: DocumentNode, path: readonly (string | number)[], part: 'key' | 'value'): number {
  let node = root;
  for (const [index, step] of path.entries()) {
    const { value } = node;
    if (typeof value === 'string') return node.start;
    const entry = isList(value) ? undefined : value.get(String(step));
    if (entry !== undefined && part === 'key' && index === path.length - 1) return entry.start;
    const below = isList(value) ? value[Number(step)] : entry?.node;
    if (below === undefined) return node.start;
    node = below;
  }
  return node.start;
}

/** Line and column, from 1, of an offset. */
function placesOf(text: string): (offset: number) => { line: number; column: number } {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/** `Array.isArray` does not tell a read-only list from a mapping. */
function isList(value: DocumentNode['value']): value is readonly DocumentNode[] {
  return Array.isArray(value);
}
