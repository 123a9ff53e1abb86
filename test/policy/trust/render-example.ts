import { readdirSync, readFileSync } from 'node:fs';
import type { Policy } from '../../../src/policy/policy.ts';
import type { Target } from '../../../src/policy/trust/model.ts';
import { renderTrust } from '../../../src/policy/trust/render.ts';
import type { Rendered, RenderOptions } from '../../../src/policy/trust/rendered.ts';
import { load } from '../fixture.ts';

/** The policies that people copy, and one with everything. */
export const EXAMPLES = [
  'smallest',
  'team',
  'warehouses',
  'aws',
  'bigquery',
  'snowflake',
  'everything',
] as const;
export type Example = (typeof EXAMPLES)[number];

/** The names of the files that people copy. */
export const COPIED: readonly string[] = readdirSync(new URL('../../../examples/policies/', import.meta.url))
  .filter((file) => file.endsWith('.yml'))
  .map((file) => file.slice(0, -'.yml'.length));

function exampleText(name: Example): string {
  const folder = name === 'everything' ? './' : '../../../examples/policies/';
  return readFileSync(new URL(`${folder}${name}.yml`, import.meta.url), 'utf8');
}

/** An example, with changes of its text. */
export async function example(
  name: Example,
  ...changes: readonly (readonly [from: string | RegExp, to: string])[]
): Promise<Policy> {
  const text = changes.reduce((policy, [from, to]) => {
    const changed = policy.replaceAll(from, to);
    if (changed === policy) throw new Error(`nothing to change: ${from}`);
    return changed;
  }, exampleText(name));
  return (await load(text)).policy;
}

/** What no grant of the examples names. */
const NAMED: Readonly<Partial<Record<Target, RenderOptions>>> = {
  vault: { audience: 'vault.acme' },
};

export async function rendered(
  name: Example,
  target: Target,
  options: RenderOptions = {},
  ...changes: Parameters<typeof example> extends [unknown, ...infer Rest] ? Rest : never
): Promise<Rendered> {
  return renderTrust(await example(name, ...changes), target, { ...NAMED[target], ...options });
}

/** The file whose name ends so. */
export function fileOf({ files }: Rendered, end: string): string {
  const file = files.find(({ name }) => name.endsWith(end));
  if (file === undefined) throw new Error(`no file ${end} among ${files.map(({ name }) => name).join(', ')}`);
  return file.text;
}

/** Each way of customising `sub`, as a change of `everything`. */
export const SHAPES = {
  immutable: [],
  legacy: [['sub_template: immutable', 'sub_template: legacy']],
  both: [['sub_template: immutable\n', '']],
  custom: [['sub_template: immutable', 'sub_template: [repo, context, job_workflow_ref]']],
} as const;
