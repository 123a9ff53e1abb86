import * as v from 'valibot';
import type { DbtRunPredicate } from './predicate.ts';
import { MAX_SUBJECTS, type Subject } from './subjects.ts';

/**
 * The shape of a predicate and of the statement around it. docs/schema/dbt-run-v1.json is made from it.
 * By in-toto's parsing rules a field that is not known here is ignored, so that a later minor version still verifies.
 */
const text = v.string();
const texts = v.array(v.string());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/));
const sha256Hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const run = v.object({
  repository: text,
  runId: text,
  runAttempt: text,
  sha: text,
  ref: text,
  eventName: text,
  actor: text,
  triggeringActor: text,
  job: text,
  workflow: text,
  serverUrl: text,
});

const identity = v.object({
  claims: v.record(text, v.union([v.string(), v.number()])),
  token: v.object({
    issuer: text,
    subject: text,
    audience: text,
    tokenId: text,
    issuedAt: time,
    expiresAt: time,
    sha256: sha256Hex,
  }),
});

const decision = v.object({
  allow: v.boolean(),
  rule: v.nullable(text),
  reasons: v.array(v.object({ code: text, claim: text, expected: text, actual: text })),
});

const credential = v.object({
  provider: text,
  principal: text,
  scope: text,
  issuedAt: text,
  expiresAt: text,
  requestId: text,
});

const invocation = v.object({
  command: text,
  invocationId: text,
  exitCode: v.pipe(v.number(), v.integer()),
  signal: v.nullable(text),
  startedAt: text,
  finishedAt: text,
  nodes: v.object({
    succeeded: texts,
    failed: texts,
    warned: texts,
    skipped: texts,
    unplanned: texts,
    missing: texts,
  }),
});

const dbt = v.object({
  version: text,
  adapters: v.record(text, text),
  executableSha256: sha256Hex,
  packages: texts,
  exitCode: v.nullable(v.pipe(v.number(), v.integer())),
  invocations: v.array(invocation),
});

export const predicateSchema = v.object({
  status: v.picklist(['succeeded', 'failed', 'denied', 'cancelled', 'dry-run']),
  startedAt: time,
  finishedAt: time,
  tool: v.object({ name: text, version: text }),
  trace: v.object({
    traceId: v.pipe(text, v.regex(/^[0-9a-f]{32}$/)),
    spanId: v.pipe(text, v.regex(/^[0-9a-f]{16}$/)),
  }),
  run,
  identity: v.exactOptional(identity),
  policy: v.exactOptional(v.object({ source: text, sha256: sha256Hex })),
  decision: v.exactOptional(decision),
  plan: v.exactOptional(
    v.object({ commands: v.array(v.object({ command: text, nodes: texts })), hooks: texts }),
  ),
  credentials: v.array(credential),
  dbt: v.exactOptional(dbt),
  lineage: v.exactOptional(v.object({ events: count, nodes: count, edges: count })),
  failure: v.exactOptional(v.object({ code: text, stage: text, message: text })),
}) satisfies v.GenericSchema<unknown, DbtRunPredicate>;

export const subjectsSchema = v.pipe(
  v.array(v.object({ name: text, digest: v.object({ sha256: sha256Hex }) })),
  v.maxLength(MAX_SUBJECTS),
) satisfies v.GenericSchema<unknown, Subject[]>;
