import { toJsonSchema } from '@valibot/to-json-schema';
import { policyFileSchema } from '../../src/policy/schema.ts';

/** docs/schema/policy-1.json: the closed schema of the loader as JSON Schema 2020-12, for editors. */
export function policyJsonSchema(): unknown {
  const { $schema, ...schema } = toJsonSchema(policyFileSchema, {
    target: 'draft-2020-12',
    typeMode: 'output',
    errorMode: 'throw',
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      valibotSchema.type === 'object_with_rest' ? { ...jsonSchema, additionalProperties: false } : undefined,
  });
  return {
    $schema,
    title: 'dbt-passport policy',
    description:
      'Who may run dbt with which grant. Every scalar is text: put numbers and true/false in quotes.',
    ...schema,
  };
}
