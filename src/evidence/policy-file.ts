import * as v from 'valibot';
import { parsePolicyDocument } from '../policy/document.ts';
import { sourceText } from '../policy/source-text.ts';

/** What a recorded policy.yml says of itself, as far as a record repeats it. */
interface PolicyFile {
  readonly mode: string;
  /** By id. */
  readonly rules: ReadonlyMap<string, { readonly breakGlass: unknown }>;
}

const shape = v.object({
  mode: v.optional(v.string(), 'enforce'),
  rules: v.optional(
    v.array(
      v.object({
        id: v.string(),
        break_glass: v.optional(v.object({ reason: v.string(), expires: v.string() })),
      }),
    ),
    [],
  ),
});

/** Only the YAML and these keys are read, so that a record outlives the other keys of its time. */
export function policyFile(bytes: Uint8Array): PolicyFile {
  const source = sourceText(bytes);
  const read = 'problem' in source ? { problems: [source.problem] } : parsePolicyDocument(source.text);
  if ('problems' in read) throw new Error(`policy.yml cannot be read: ${read.problems[0]?.message}`);
  const { mode, rules } = v.parse(shape, read.value);
  return { mode, rules: new Map(rules.map(({ id, break_glass: breakGlass }) => [id, { breakGlass }])) };
}
