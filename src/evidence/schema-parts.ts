import * as v from 'valibot';

/** The kinds of value that the schemas of the record are made of. */

export const text = v.string();
export const texts: v.GenericSchema<readonly string[]> = v.array(v.string());
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** What `Date` can read: a month 13 would make every comparison false, and so pass. */
export const time = v.pipe(
  v.string(),
  v.regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z$/),
);
/** A schema with what it means, for the published form. */
export const meaning = <S extends v.GenericSchema>(schema: S, words: string) =>
  v.pipe(schema, v.description(words));
export const sha256Hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
