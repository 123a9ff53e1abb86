/** A node of a syntax tree in the form of ESTree. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** A part of the source, and what stands there instead. */
interface Change {
  readonly from: number;
  readonly to: number;
  readonly put: string;
}

type Changes = (node: Node, source: string) => readonly Change[];

/** What can be changed at one node; the nodes inside it are changed on their own. */
export function changesOf(node: Node, source: string): readonly Change[] {
  return CHANGES[node.type]?.(node, source) ?? [];
}

const SWAPPED: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '&&': ['||'],
  '||': ['&&'],
  '+=': ['-='],
};

/** Methods whose answer is a yes or no. */
const ASKS = ['test', 'has', 'includes', 'startsWith', 'endsWith', 'some', 'every'];
/** Methods whose call is left out, so that what they are called on stays. */
const STEPS = [
  ...['filter', 'map', 'flatMap', 'flat', 'slice', 'split', 'join', 'toSorted', 'toReversed', 'concat'],
  ...[
    'trim',
    'trimEnd',
    'toLowerCase',
    'toUpperCase',
    'replace',
    'replaceAll',
    'padStart',
    'padEnd',
    'normalize',
  ],
];
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['startsWith', 'includes'],
  ['endsWith', 'includes'],
  ['max', 'min'],
  ['min', 'max'],
]);

const CHANGES: Readonly<Record<string, Changes>> = {
  BinaryExpression: (node, source) => (node['operator'] === 'in' ? both(node) : swapped(node, source)),
  AssignmentExpression: swapped,
  LogicalExpression: (node, source) => [
    ...swapped(node, source),
    ...(isEmpty(node['right']) && node['operator'] === '??' ? [] : [put(node, node['left'], source)]),
    put(node, node['right'], source),
  ],
  ConditionalExpression: (node, source) => [
    put(node, node['consequent'], source),
    put(node, node['alternate'], source),
  ],
  UnaryExpression: (node, source) =>
    ['!', '-'].includes(String(node['operator'])) ? [put(node, node['argument'], source)] : [],
  MemberExpression: (node, source) => {
    const { end } = node['object'] as Node;
    const at = source.indexOf('?.', end);
    return node['optional'] === true ? [{ from: at, to: at + 2, put: node['computed'] ? '' : '.' }] : [];
  },
  CallExpression: called,
  // A set of what there is, each once.
  NewExpression: (node, source) => {
    const [all] = node['arguments'] as readonly Node[];
    return all && (node['callee'] as Node)['name'] === 'Set' ? [put(node, all, source)] : [];
  },
  ArrayExpression: (node, source) => without(node['elements'] as readonly Node[], source),
  ObjectExpression: (node, source) => without(node['properties'] as readonly Node[], source),
  Literal: literal,
  TemplateLiteral: (node) => [
    { from: node.start, to: node.end, put: "('')" },
    // A part reaches from its quote or `}` to the next `${` or quote.
    ...(node['quasis'] as readonly Node[]).map(({ start, end, tail }) => ({
      from: start + 1,
      to: end - (tail ? 1 : 2),
      put: '',
    })),
  ],
  IfStatement: (node) => both(node['test'] as Node),
  ForOfStatement: (node) => [whole(node['right'] as Node, '[]')],
  WhileStatement: (node) => [whole(node['test'] as Node, 'false')],
  SwitchCase: (node) => [whole(node, '')],
  ExpressionStatement: (node) => [whole(node, ';')],
  ThrowStatement: (node) => [whole(node, ';')],
  ContinueStatement: (node) => [whole(node, ';')],
  BreakStatement: (node) => [whole(node, ';')],
  FunctionDeclaration: returned,
};

function swapped(node: Node, source: string): readonly Change[] {
  const { left, right, operator } = node as Node & { left: Node; right: Node };
  return (SWAPPED[String(operator)] ?? []).map((other) =>
    whole(node, `(${textOf(left, source)} ${other} ${textOf(right, source)})`),
  );
}

function called(node: Node, source: string): readonly Change[] {
  const callee = node['callee'] as Node;
  if (callee.type !== 'MemberExpression') return [];
  const property = callee['property'] as Node;
  const name = String(property['name']);
  const renamed = RENAMED.get(name);
  return [
    ...(ASKS.includes(name) ? both(node) : []),
    ...(STEPS.includes(name) ? [put(node, callee['object'], source)] : []),
    ...(renamed === undefined ? [] : [whole(property, renamed)]),
  ];
}

/** Each element of a list left out on its own, with the comma after it. */
function without(elements: readonly Node[], source: string): readonly Change[] {
  return elements.map(({ start, end }) => {
    const comma = /^\s*,/.exec(source.slice(end))?.[0] ?? '';
    return { from: start, to: end + comma.length, put: '' };
  });
}

function literal(node: Node, source: string): readonly Change[] {
  const { value } = node;
  if ('regex' in node) return expressions(node, textOf(node, source));
  if (typeof value === 'string') return [whole(node, value === '' ? "'x'" : "''")];
  if (typeof value === 'number') return [whole(node, String(value + 1))];
  return typeof value === 'boolean' ? [whole(node, String(!value))] : [];
}

/** A regular expression without an anchor, a flag or a `+`, and with a class turned round. */
function expressions(node: Node, text: string): readonly Change[] {
  const changed = [
    text.replace('/^', '/'),
    text.replace(/\$(\/\w*)$/, '$1'),
    text.replace(/g(\w*)$/, '$1'),
    text.replace(/(?<!\\)\+/, ''),
    text.replace(/(?<!\\)\*/, ''),
    text.replace(/(?<!\\)\[\^?/, (open) => (open === '[' ? '[^' : '[')),
  ];
  return changed.filter((other) => other !== text).map((other) => whole(node, other));
}

/** A function that gives nothing, by the type that it says it returns. */
function returned(node: Node, source: string): readonly Change[] {
  const { returnType, body } = node as Node & { returnType: Node | null; body: Node | null };
  if (!returnType || !body) return [];
  const type = textOf(returnType, source).slice(1).trim();
  const nothing = [
    ...(type === 'string' ? ["''"] : []),
    ...(type === 'boolean' ? ['true', 'false'] : []),
    ...(type === 'number' ? ['0'] : []),
    ...(type.endsWith('[]') ? ['[]'] : []),
    ...(type.endsWith('| undefined') ? ['undefined'] : []),
  ];
  return nothing.map((empty) => whole(body, `{ return ${empty}; }`));
}

function isEmpty(node: unknown): boolean {
  const { type, value, elements } = node as Node;
  return value === '' || (type === 'ArrayExpression' && (elements as readonly Node[]).length === 0);
}

function both(node: Node): readonly Change[] {
  return [whole(node, 'true'), whole(node, 'false')];
}

function put(node: Node, part: unknown, source: string): Change {
  return whole(node, `(${textOf(part as Node, source)})`);
}

function whole({ start, end }: Node, text: string): Change {
  return { from: start, to: end, put: text };
}

function textOf({ start, end }: Node, source: string): string {
  return source.slice(start, end);
}
