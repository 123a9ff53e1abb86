import { type Document, isMap, isNode, isSeq, parseDocument } from 'yaml';
import type { RuleDraft } from './draft.ts';
import { yamlEntry, yamlItem } from './yaml-text.ts';

/** The text of a policy with one more rule at its end, and the repository that the rule names; all else stays as it is written. */
export function withRule(policy: string, draft: Omit<RuleDraft, 'open'>): string {
  const { key, entry } = draft.repository;
  const added = entry ? put(policy, 'repositories', (indent) => yamlEntry(key, entry, indent)) : policy;
  return put(added, 'rules', (indent) => yamlItem(draft.rule, indent));
}

/** The text with lines below the last entry of a list or mapping that is written in block style. */
function put(policy: string, section: string, lines: (indent: number) => readonly string[]): string {
  const found = blockByLines(policy, section) ?? blockByParser(policy, section);
  if (found === undefined) return put(inBlocks(policy, section), section, lines);
  const lineEnd = policy.includes('\r\n') ? '\r\n' : '\n';
  const end = policy.indexOf('\n', found.end - 1) + 1 || policy.length;
  const head = policy.slice(0, end);
  const gap = head.endsWith('\n') ? '' : lineEnd;
  return `${head}${gap}${lines(found.indent).join(lineEnd)}${lineEnd}${policy.slice(end)}`;
}

/** Where the last entry of a section ends, and how far its entries are indented. */
interface Block {
  readonly end: number;
  readonly indent: number;
}

/**
 * A section as nearly everybody writes it: its key alone in the first column, its entries on the lines below.
 * Reading lines takes a thousandth of what the parser takes for a large policy. Undefined for any other form.
 */
function blockByLines(policy: string, section: string): Block | undefined {
  const key = new RegExp(`^${section}:[ \\t]*(?:#.*)?\\r?\\n`, 'm').exec(policy);
  if (key === null) return undefined;
  const start = key.index + key[0].length;
  const below = policy.slice(start).split('\n');
  const next = below.findIndex((line) => /^(?:[^\s#-]|-\S)/.test(line));
  const body = next === -1 ? below : below.slice(0, next);
  const first = body.find((line) => /^\s*[^\s#]/.test(line)) ?? '';
  if (!/^ *(?:-\s|[\w"'])/.test(first)) return undefined;
  const indent = first.search(/\S/);
  // What looks like a comment further in may be the text of the last entry.
  const last = body.findLastIndex((line) => {
    const column = line.search(/\S/);
    return column > indent || (column === indent && line[column] !== '#');
  });
  const text = body.slice(0, last + 1).join('\n');
  return { end: start + text.trimEnd().length, indent };
}

/** Undefined in flow style. */
function blockByParser(policy: string, section: string): Block | undefined {
  const node = parsed(policy).get(section);
  if (!(isSeq(node) || isMap(node)) || node.flow || !node.range) return undefined;
  const start = node.range[0];
  const end = policy.slice(0, node.range[1]).trimEnd().length;
  return { end, indent: start - (policy.lastIndexOf('\n', start - 1) + 1) };
}

/** The policy with a section in block style: what has brackets has no place for a line. */
function inBlocks(policy: string, section: string): string {
  const document = parsed(policy);
  const node = document.get(section);
  if (isNode(node) && 'flow' in node) node.flow = false;
  return document.toString({ lineWidth: 0 });
}

function parsed(policy: string): Document {
  return parseDocument(policy, { version: '1.2', schema: 'failsafe' });
}
