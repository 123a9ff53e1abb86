import * as v from 'valibot';
import { parsePolicyDocument } from '../policy/document.ts';
import { sourceText } from '../policy/source-text.ts';
import type { PeopleAsked } from './people-consistency.ts';

/** What a recorded policy.yml says of itself, as far as a record repeats it. */
interface PolicyFile {
  readonly mode: string;
  /** By id. */
  readonly rules: ReadonlyMap<string, RuleInFile>;
}

export interface RuleInFile {
  readonly breakGlass: unknown;
  readonly people: PeopleAsked;
  readonly checkout: string | { readonly repositories: readonly string[] };
}

const ids = v.optional(v.union([v.string(), v.object({ one_of: v.array(v.string()) })]));

const shape = v.object({
  mode: v.optional(v.string(), 'enforce'),
  rules: v.optional(
    v.array(
      v.object({
        id: v.string(),
        actor_id: ids,
        actor_class: ids,
        checkout: v.optional(
          v.union([v.string(), v.object({ repositories: v.array(v.string()) })]),
          'token_commit',
        ),
        break_glass: v.optional(v.object({ reason: v.string(), expires: v.string() })),
      }),
    ),
    [],
  ),
  deny: v.optional(v.object({ actor_id: v.optional(v.array(v.string()), []) })),
});

/** Only the YAML and these keys are read, so that a record outlives the other keys of its time. */
export function policyFile(bytes: Uint8Array): PolicyFile {
  const source = sourceText(bytes);
  const read = 'problem' in source ? { problems: [source.problem] } : parsePolicyDocument(source.text);
  if ('problems' in read) throw new Error(`policy.yml cannot be read: ${read.problems[0]?.message}`);
  const { mode, rules, deny } = v.parse(shape, read.value);
  const denied = deny?.actor_id ?? [];
  return {
    mode,
    rules: new Map(
      rules.map(({ id, break_glass: breakGlass, actor_id, actor_class, checkout }) => {
        const people = { ids: listed(actor_id), classes: listed(actor_class), denied };
        return [id, { breakGlass, people, checkout }];
      }),
    ),
  };
}

function listed(written: v.InferOutput<typeof ids>): readonly string[] | undefined {
  return typeof written === 'string' ? [written] : written?.one_of;
}
