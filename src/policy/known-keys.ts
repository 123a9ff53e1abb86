import type * as v from 'valibot';
import { policyFileSchema } from './schema.ts';

/** The keys that the schema knows at a path of the file, for suggestions. */
export function knownKeys(path: readonly string[]): readonly string[] {
  let schemas: readonly v.GenericSchema[] = unwrap(policyFileSchema);
  for (const step of path) schemas = schemas.flatMap((schema) => below(schema, step)).flatMap(unwrap);
  return schemas.flatMap((schema) => Object.keys(entriesOf(schema) ?? {}));
}

/** A schema without its wrappers: the branches of a union, the content of an optional value or a pipe. */
function unwrap(schema: v.GenericSchema): readonly v.GenericSchema[] {
  if ('pipe' in schema) {
    const parts = schema.pipe as readonly v.GenericSchema[];
    return parts
      .filter((part) => part.kind === 'schema')
      .slice(-1)
      .flatMap(unwrap);
  }
  if ('wrapped' in schema) return unwrap(schema.wrapped as v.GenericSchema);
  if ((schema.type === 'union' || schema.type === 'variant') && 'options' in schema) {
    return (schema.options as readonly v.GenericSchema[]).flatMap(unwrap);
  }
  return [schema];
}

function entriesOf(schema: v.GenericSchema): Readonly<Record<string, v.GenericSchema>> | undefined {
  return 'entries' in schema ? (schema.entries as Record<string, v.GenericSchema>) : undefined;
}

function below(schema: v.GenericSchema, step: string): readonly v.GenericSchema[] {
  if ('item' in schema) return [schema.item as v.GenericSchema];
  if (schema.type === 'record' && 'value' in schema) return [schema.value as v.GenericSchema];
  const entry = entriesOf(schema)?.[step];
  return entry ? [entry] : [];
}
