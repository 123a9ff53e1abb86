import { parseAst } from 'vitest/node';
import { changesOf, type Node } from './mutants-of-node.ts';

/** One change of a source text. */
export interface Mutant {
  /** 1-based. */
  readonly line: number;
  readonly what: string;
  readonly text: string;
}

/** Every mutant of a source text in TypeScript. Types, imports, comments and the wording of errors are left alone. */
export function mutantsOf(source: string): readonly Mutant[] {
  const mutants = nodesOf(parsed(source)).flatMap((node) =>
    changesOf(node, source).map(({ from, to, put }) => replaced(source, from, to, put)),
  );
  const different = [...new Map(mutants.map((mutant) => [mutant.text, mutant])).values()];
  return different.filter(({ text }) => text !== source && parses(text)).toSorted((a, b) => a.line - b.line);
}

function replaced(source: string, from: number, to: number, put: string): Mutant {
  const line = source.slice(0, from).split('\n').length;
  const [old, now] = [source.slice(from, to), put].map((text) => text.trim().replaceAll(/\s+/g, ' '));
  const what = `${(old || '(nothing)').slice(0, 80)} -> ${(now || '(nothing)').slice(0, 80)}`;
  return { line, what, text: source.slice(0, from) + put + source.slice(to) };
}

function parsed(source: string): Node {
  return parseAst(source, { lang: 'ts' }) as unknown as Node;
}

function parses(source: string): boolean {
  try {
    parsed(source);
    return true;
  } catch {
    return false;
  }
}

/** All nodes that are behaviour, outer ones first. */
function nodesOf(node: Node): readonly Node[] {
  return [node, ...inner(node).flatMap(nodesOf)];
}

/** What types alone ask for: the `as` of a value is none of its behaviour, but the value is. */
const VALUES_OF_TYPES = ['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression'];

function inner(node: Node): readonly Node[] {
  if (node.type === 'ImportDeclaration') return [];
  if (node.type === 'NewExpression' && errorName(node)) return children(node['arguments']).slice(0, 1);
  const left = defaulted(node) ? ['right'] : [];
  return Object.entries(node)
    .filter(([key]) => !left.includes(key))
    .flatMap(([, value]) => children(value))
    .filter(({ type }) => !type.startsWith('TS') || VALUES_OF_TYPES.includes(type));
}

function errorName({ callee }: Node): boolean {
  return isNode(callee) && /Error$/.test(String(callee['name']));
}

/** `… ?? ''`, `[a = '']`: an index or a part that is always there, and a default for the type checker alone. */
function defaulted({ type, operator, right }: Node): boolean {
  const isDefault = type === 'AssignmentPattern' || (type === 'LogicalExpression' && operator === '??');
  return isDefault && isNode(right) && right['value'] === '';
}

function children(value: unknown): readonly Node[] {
  return (Array.isArray(value) ? value : [value]).filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}
