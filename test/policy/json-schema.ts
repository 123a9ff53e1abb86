/** Run this file to write docs/schema/policy-1.json anew after a change of the policy's schema. */
import { writeFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { policyFileSchema } from '../../src/policy/schema.ts';

export const SCHEMA_FILE = new URL('../../docs/schema/policy-1.json', import.meta.url);

/** The closed schema of the loader as JSON Schema 2020-12, for editors. */
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

if (import.meta.main) writeFileSync(SCHEMA_FILE, `${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
