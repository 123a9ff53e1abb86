import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument } from 'yaml';
import { plain } from '../untrusted.ts';
import { DEPTH, type DocumentEntry, type DocumentNode } from './plain-yaml.ts';
import { FAULTS, type PolicyReason } from './problem.ts';

/** A fault of the text with its offset. */
export interface TextFault {
  readonly reason: PolicyReason;
  readonly message: string;
  readonly offset: number;
}

/** Brackets and block entries that a file may open in all; keeps the parser's work and stack small. */
const OPENINGS = 4_000;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype', '<<']);
const PARSER_REASONS: Readonly<Record<string, PolicyReason>> = {
  MULTIPLE_DOCS: 'POLICY_MULTI',
  RESOURCE_EXHAUSTION: 'POLICY_DEPTH',
  TAG_RESOLVE_FAILED: 'POLICY_TAG',
  BAD_ALIAS: 'POLICY_ALIAS',
};
const PARSER_MESSAGES: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'expected one YAML document, got a second',
};

/** Whether the text opens more than the parser should be given. */
export function opensTooMuch(text: string): boolean {
  return (text.match(/[[{]|[-?:] (?=[-?] )/g)?.length ?? 0) > OPENINGS;
}

/**
 * Reads YAML 1.2 in all its forms, but for what a policy may not have: aliases, anchors, tags, directives, merge keys
 * and non-text keys. The failsafe schema keeps every scalar as it is written, so an id is never rounded and `NO` is
 * never a boolean. A warning of the parser is a fault.
 */
export function readAnyYaml(text: string): DocumentNode | { readonly faults: readonly TextFault[] } {
  if (opensTooMuch(text)) return depthFault(`expected at most ${OPENINGS} opened lists and mappings`);
  const parsed = parse(text);
  if ('faults' in parsed) return parsed;
  const first = [...parsed.errors, ...parsed.warnings].slice(0, FAULTS);
  const faults: TextFault[] = first.map((error) => ({
    reason: PARSER_REASONS[error.code] ?? 'POLICY_SYNTAX',
    message: PARSER_MESSAGES[error.code] ?? plain(error.message),
    offset: error.pos[0],
  }));
  const directive = /^%/m.exec(text);
  if (directive) {
    faults.push({ reason: 'POLICY_TAG', message: 'YAML directives are refused', offset: directive.index });
  }
  const reader = new Reader();
  const root = reader.node(parsed.contents, 1, 0);
  const all = [...faults, ...reader.faults];
  return all.length > 0 ? { faults: all } : root;
}

function parse(text: string) {
  try {
    return parseDocument(text, {
      version: '1.2',
      schema: 'failsafe',
      // Compared below: the parser compares each key with every other one.
      uniqueKeys: false,
      merge: false,
      strict: true,
      prettyErrors: false,
    });
  } catch {
    return depthFault('nested too deep to be read');
  }
}

function depthFault(message: string): { readonly faults: readonly TextFault[] } {
  return { faults: [{ reason: 'POLICY_DEPTH', message, offset: 0 }] };
}

/** Turns the parser's nodes into values and notes every construct that a policy may not use. */
class Reader {
  readonly faults: TextFault[] = [];

  node(node: unknown, depth: number, above: number): DocumentNode {
    const start = startOf(node) ?? above;
    const empty = { start, value: '' };
    if (isAlias(node)) {
      this.#refuse(start, 'POLICY_ALIAS', 'aliases are refused: write the value out');
      return empty;
    }
    if (depth > DEPTH) {
      this.#refuse(start, 'POLICY_DEPTH', `nested deeper than ${DEPTH} levels`);
      return empty;
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return empty;
    if (node.anchor) this.#refuse(start, 'POLICY_ALIAS', 'anchors are refused: write the value out');
    if (node.tag) this.#refuse(start, 'POLICY_TAG', 'tags are refused: every value is text');
    if (isScalar(node)) return { start, value: typeof node.value === 'string' ? node.value : '' };
    if (isSeq(node)) return { start, value: node.items.map((item) => this.node(item, depth + 1, start)) };
    const entries = new Map<string, DocumentEntry>();
    for (const pair of node.items) this.#pair(entries, pair, depth, start);
    return { start, value: entries };
  }

  #pair(entries: Map<string, DocumentEntry>, pair: Pair, depth: number, above: number): void {
    const { start } = this.node(pair.key, depth + 1, above);
    if (!isScalar(pair.key) || typeof pair.key.value !== 'string') {
      this.#refuse(start, 'POLICY_KEY', 'expected text as a key');
    } else if (FORBIDDEN_KEYS.has(pair.key.value)) {
      this.#refuse(start, 'POLICY_KEY', `the key ${pair.key.value} is refused`);
    } else if (entries.has(pair.key.value)) {
      this.#refuse(start, 'POLICY_DUPLICATE', 'this key stands twice in its mapping');
    } else {
      entries.set(pair.key.value, { start, node: this.node(pair.value, depth + 1, above) });
    }
  }

  #refuse(offset: number, reason: PolicyReason, message: string): void {
    this.faults.push({ reason, message, offset });
  }
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
