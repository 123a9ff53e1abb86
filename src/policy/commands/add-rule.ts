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
  const document = parseDocument(policy, { version: '1.2', schema: 'failsafe' });
  const found = blockOf(document, section, policy);
  if (found === undefined) return put(inBlocks(document, section), section, lines);
  const lineEnd = policy.includes('\r\n') ? '\r\n' : '\n';
  const rest = policy.slice(0, found.end).search(/\s*$/);
  const end = policy.indexOf('\n', rest) + 1 || policy.length;
  const head = policy.slice(0, end);
  const gap = head.endsWith('\n') ? '' : lineEnd;
  return `${head}${gap}${lines(found.indent).join(lineEnd)}${lineEnd}${policy.slice(end)}`;
}

/** Where a section ends, and how far its entries are indented; undefined in flow style. */
function blockOf(document: Document, section: string, policy: string) {
  const node = document.get(section);
  if (!(isSeq(node) || isMap(node)) || node.flow || !node.range) return undefined;
  const start = node.range[0];
  return { end: node.range[1], indent: start - (policy.lastIndexOf('\n', start - 1) + 1) };
}

/** The document with a section in block style: what has brackets has no place for a line. */
function inBlocks(document: Document, section: string): string {
  const node = document.get(section);
  if (isNode(node) && 'flow' in node) node.flow = false;
  return document.toString({ lineWidth: 0 });
}
