import { jsonText } from './quoting.ts';

/** An expression of HCL, ready to be written. */
export interface Expression {
  readonly hcl: string;
}

export type Value = string | Expression | readonly string[] | { readonly [key: string]: string };

/** Arguments and nested blocks of a block, in order. */
interface Body {
  readonly [name: string]: Value | Nested | undefined;
}

/** A block in a block, which a mapping is not. */
interface Nested {
  readonly [NESTED]: Body;
}

const NESTED = Symbol();

/** `type "label" "label" { … }` with an argument to a line. Source: HCL native syntax specification, Terraform. */
export function block(type: string, labels: readonly string[], body: Body): string {
  return `${[type, ...labels.map((label) => `"${label}"`)].join(' ')} {\n${lines(body, '  ')}}\n`;
}

/** A nested block. A mapping that is not one is an argument. */
export function nested(body: Body): Nested {
  return { [NESTED]: body };
}

function lines(body: Body, indent: string): string {
  return Object.entries(body)
    .map(([name, value]) => (value === undefined ? '' : argument(name, value, indent)))
    .join('');
}

function argument(name: string, value: Value | Nested, indent: string): string {
  if (isNested(value)) return `${indent}${name} {\n${lines(value[NESTED], `${indent}  `)}${indent}}\n`;
  return `${indent}${name} = ${valueText(value, indent)}\n`;
}

function isNested(value: Value | Nested): value is Nested {
  return typeof value === 'object' && NESTED in value;
}

function valueText(value: Value, indent: string): string {
  if (typeof value === 'string') return hclText(value);
  if (Array.isArray(value)) return `[${value.map(hclText).join(', ')}]`;
  if (isExpression(value)) return value.hcl;
  const entries = Object.entries(value).map(
    ([key, text]) => `${indent}  ${hclText(key)} = ${hclText(text)}\n`,
  );
  return `{\n${entries.join('')}${indent}}`;
}

function isExpression(value: object): value is Expression {
  return 'hcl' in value;
}

/** A reference or a call, as it is. */
export function expression(hcl: string): Expression {
  return { hcl };
}

/** A value as `jsonencode(…)`: JSON is HCL but for the start of a template. */
export function jsonEncoded(value: unknown): Expression {
  return expression(`jsonencode(${noTemplate(jsonText(value, 2)).replaceAll('\n', '\n  ')})`);
}

/** A text in quotes. */
function hclText(text: string): string {
  return noTemplate(jsonText(text));
}

/** HCL knows no `\b` and `\f`, and starts a template at `${` and `%{`. */
function noTemplate(json: string): string {
  return json
    .replace(/\\(.)/g, (written, sign: string) =>
      sign === 'b' ? '\\u0008' : sign === 'f' ? '\\u000c' : written,
    )
    .replace(/([$%])\{/g, '$1$1{');
}

/** A name for a resource: letters, digits, `_` and `-`, and a letter or `_` first. */
export function label(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '_').replace(/^(?![A-Za-z_])/, '_');
}
