import * as v from 'valibot';
import { type DbtRunPredicate, PREDICATE_TYPE, predicateSchema } from './predicate.ts';
import { sha256Hex } from './schema-parts.ts';
import { parseStrictJson } from './strict-json.ts';
import { type EvidenceFiles, MAX_SUBJECTS, refuseBadNames, subjectsOf } from './subjects.ts';
import { mustEqual } from './verdict.ts';

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

const statementSchema = v.object({
  subject: v.pipe(
    v.array(v.object({ name: v.string(), digest: v.object({ sha256: sha256Hex }) })),
    v.maxLength(MAX_SUBJECTS),
  ),
  predicate: predicateSchema,
});

/**
 * The in-toto Statement v1 over exactly these files, as the bytes to sign. They are written once:
 * nothing re-serialises them, so there is no canonical form to agree on.
 * Source: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 */
export async function buildStatement(predicate: DbtRunPredicate, files: EvidenceFiles): Promise<Uint8Array> {
  refuseBadNames(files);
  const statement = {
    _type: STATEMENT_TYPE,
    subject: await subjectsOf(files),
    predicateType: PREDICATE_TYPE,
    predicate,
  };
  return new TextEncoder().encode(JSON.stringify(statement));
}

/**
 * A signed payload as a statement about a dbt run. Throws when the type, the predicate's type (and so its
 * major version) or the shape is another, and when a key is there twice.
 */
export function parseStatement(payload: Uint8Array): v.InferOutput<typeof statementSchema> {
  const json = parseStrictJson(payload);
  const { _type, predicateType } = v.parse(
    v.object({ _type: v.unknown(), predicateType: v.unknown() }),
    json,
  );
  mustEqual('_type', STATEMENT_TYPE, _type);
  mustEqual('predicateType', PREDICATE_TYPE, predicateType);
  const parsed = v.safeParse(statementSchema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new Error(`${v.getDotPath(issue) ?? 'statement'}: ${issue.message}`);
  }
  return parsed.output;
}
