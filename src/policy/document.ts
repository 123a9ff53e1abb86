import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { plain } from '../untrusted.ts';
import type { PolicyReason, Problem } from './problem.ts';

/** A parsed file: every scalar is text, objects have no prototype. */
export interface PolicyDocument {
  readonly value: unknown;
  /** Where a value stands, or its key; for a path that does not exist, the nearest place above it. */
  place(path: readonly (string | number)[], part?: 'key' | 'value'): { line: number; column: number };
}

/** Nesting that a policy may have. The closed schema needs six. */
const DEPTH = 32;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype', '<<']);
const PARSER_REASONS: Readonly<Record<string, PolicyReason>> = {
  DUPLICATE_KEY: 'POLICY_DUPLICATE',
  MULTIPLE_DOCS: 'POLICY_MULTI',
  RESOURCE_EXHAUSTION: 'POLICY_DEPTH',
  TAG_RESOLVE_FAILED: 'POLICY_TAG',
  BAD_ALIAS: 'POLICY_ALIAS',
};
const PARSER_MESSAGES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key stands twice in its mapping',
  MULTIPLE_DOCS: 'expected one YAML document, got a second',
};

/**
 * Reads the small part of YAML 1.2 that a policy needs: mappings, lists and text. The failsafe schema
 * keeps every scalar as it is written, so an id is never rounded and `NO` is never a boolean.
 * Aliases, anchors, tags, directives, merge keys and non-text keys are refused; a warning is an error.
 */
export function parsePolicyDocument(
  text: string,
): PolicyDocument | { readonly problems: readonly Problem[] } {
  const counter = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const parsed = parse(text, counter);
  if ('problems' in parsed) return parsed;
  const faults = [...parsed.errors, ...parsed.warnings].map((error) => ({
    reason: PARSER_REASONS[error.code] ?? 'POLICY_SYNTAX',
    message: PARSER_MESSAGES[error.code] ?? plain(error.message),
    ...at(error.pos[0]),
  }));
  const directive = /^%/m.exec(text);
  if (directive) {
    faults.push({ reason: 'POLICY_TAG', message: 'YAML directives are refused', ...at(directive.index) });
  }
  const root = parsed.contents;
  const reader = new Reader(at);
  const value = root === null ? '' : reader.value(root, 1);
  const problems = [...faults, ...reader.problems];
  if (problems.length > 0) return { problems };
  return { value, place: (path, part = 'value') => at(offsetOf(root, path, part)) };
}

function parse(text: string, lineCounter: LineCounter) {
  try {
    return parseDocument(text, {
      version: '1.2',
      schema: 'failsafe',
      uniqueKeys: true,
      merge: false,
      strict: true,
      prettyErrors: false,
      lineCounter,
    });
  } catch {
    const problem: Problem = {
      reason: 'POLICY_DEPTH',
      message: 'nested too deep to be read',
      line: 1,
      column: 1,
    };
    return { problems: [problem] };
  }
}

/** Turns nodes into plain values and notes every construct that a policy may not use. */
class Reader {
  readonly problems: Problem[] = [];
  readonly #at: (offset: number) => { line: number; column: number };

  constructor(at: (offset: number) => { line: number; column: number }) {
    this.#at = at;
  }

  value(node: unknown, depth: number): unknown {
    if (isAlias(node)) return this.#refuse(node, 'POLICY_ALIAS', 'aliases are refused: write the value out');
    if (depth > DEPTH) return this.#refuse(node, 'POLICY_DEPTH', `nested deeper than ${DEPTH} levels`);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return '';
    if (node.anchor) this.#refuse(node, 'POLICY_ALIAS', 'anchors are refused: write the value out');
    if (node.tag) this.#refuse(node, 'POLICY_TAG', 'tags are refused: every value is text');
    if (isScalar(node)) return typeof node.value === 'string' ? node.value : '';
    if (isSeq(node)) return node.items.map((item) => this.value(item, depth + 1));
    const entries = Object.create(null) as Record<string, unknown>;
    for (const pair of node.items) this.#pair(entries, pair, depth);
    return entries;
  }

  #pair(entries: Record<string, unknown>, pair: Pair, depth: number): void {
    this.value(pair.key, depth + 1);
    if (!isScalar(pair.key) || typeof pair.key.value !== 'string') {
      this.#refuse(pair.key, 'POLICY_KEY', 'expected text as a key');
    } else if (FORBIDDEN_KEYS.has(pair.key.value)) {
      this.#refuse(pair.key, 'POLICY_KEY', `the key ${pair.key.value} is refused`);
    } else {
      entries[pair.key.value] = this.value(pair.value, depth + 1);
    }
  }

  #refuse(node: unknown, reason: PolicyReason, message: string): string {
    this.problems.push({ reason, message, ...this.#at(start(node) ?? 0) });
    return '';
  }
}

function start(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

function offsetOf(
  node: unknown,
  [step, ...rest]: readonly (string | number)[],
  part: 'key' | 'value',
  above = 0,
): number {
  const offset = start(node) ?? above;
  if (step === undefined) return offset;
  if (isSeq(node)) return offsetOf(node.items[Number(step)], rest, part, offset);
  const pair = isMap(node)
    ? node.items.find((item) => isScalar(item.key) && item.key.value === step)
    : undefined;
  if (!pair) return offset;
  if (part === 'key' && rest.length === 0) return start(pair.key) ?? offset;
  return offsetOf(pair.value, rest, part, offset);
}
