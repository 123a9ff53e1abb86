import * as v from 'valibot';
import { ACTOR_CLASSES } from '../identity/actor-class.ts';
import { checkoutSchema } from './checkout-schema.ts';
import { dbt } from './dbt-schema.ts';
import { count, meaning, sha256Hex, text, texts, time } from './schema-parts.ts';
import { settingsSchema } from './settings-schema.ts';

/**
 * The predicate of the in-toto statement: what a run proves, as JSON. docs/schema/dbt-run-v1.json is made from its
 * schema. Conventions: in-toto "new predicate guidelines" (lowerCamelCase, RFC 3339 with Z, names that say what a
 * time means). By in-toto's parsing rules a field that is not known here is ignored, so that a later minor version still verifies.
 */
export const PREDICATE_TYPE = 'https://dbt-passport.github.io/attestation/dbt-run/v1';

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

const person = {
  login: text,
  id: text,
  kind: v.picklist(ACTOR_CLASSES),
};

const people = v.object({
  startedBy: meaning(v.object(person), 'Who started the run first, by the verified token.'),
  attemptBy: meaning(
    v.variant('basis', [
      v.object({ basis: v.picklist(['token', 'github-api']), ...person }),
      v.object({
        basis: v.literal('asserted'),
        login: meaning(text, 'Empty: not even the job said it.'),
        doubt: meaning(text, "Why GitHub's API did not name anybody, as a code."),
        answer: meaning(text, 'What came instead; empty where nothing did.'),
      }),
    ]),
    "Who started this attempt. basis token: it is the first attempt, so whoever started the run did. github-api: GitHub's answer for this attempt. asserted: only GITHUB_TRIGGERING_ACTOR, the word of the signer.",
  ),
  event: meaning(text, 'The event that started the run first, by the verified token.'),
});

export const decisionSchema = v.object({
  allow: v.boolean(),
  rule: v.nullable(text),
  reasons: v.array(v.object({ code: text, claim: text, expected: text, actual: text })),
  notices: v.exactOptional(
    meaning(
      v.array(v.object({ code: text, message: text })),
      'What people should see of a run that is allowed: a review that is due, break-glass.',
    ),
  ),
  breakGlass: v.exactOptional(
    meaning(v.object({ reason: text, expires: time }), 'The emergency that the allowing rule is for.'),
  ),
  audit: v.exactOptional(
    meaning(
      v.object({ rule: v.nullable(text) }),
      'What audit mode made of a denial. rule: the run went on under its limits; null: it stopped.',
    ),
  ),
});

const credential = v.object({
  provider: meaning(text, 'Who issued it; ambient: nobody for this run, it was found in the job.'),
  principal: text,
  scope: text,
  route: v.exactOptional(meaning(text, 'How dbt came by it.')),
  issuedAt: text,
  expiresAt: meaning(text, 'Empty where the issuer does not say.'),
  requestId: text,
  unlisted: v.exactOptional(
    meaning(count, 'Issues of the same kind right before this one that a run had too many of to list.'),
  ),
});

const staticCredential = v.object({
  variable: text,
  where: text,
  outcome: meaning(
    v.picklist(['scrubbed', 'refused', 'passed']),
    'scrubbed: dbt did not get it. refused: the run stopped for it. passed: dbt got it, by the rule or in audit mode.',
  ),
});

export const predicateSchema = v.object({
  status: meaning(
    v.picklist(['succeeded', 'failed', 'denied', 'cancelled', 'dry-run', 'auth-only']),
    'How the run ended; whether it was allowed stands in decision. denied: by the policy, for its checkout or its selection; dbt ran nothing, but for a `deps` that the plan needs and that has no credential. dry-run: decided and planned only, with such a `deps`; see dbt.installed. auth-only: decided, and credentials issued and ended without dbt.',
  ),
  mode: v.exactOptional(
    meaning(v.picklist(['run', 'dry-run', 'auth-only']), 'What was asked for; absent in older records.'),
  ),
  audit: v.exactOptional(
    meaning(
      v.object({ rule: text, wouldHaveBeenDenied: v.literal(true) }),
      'The policy denied this run for the reasons in decision, and it went on only because the policy was in audit mode: under the limits of this rule, which did not allow it, and with no credential issued for it. Absent for every other run.',
    ),
  ),
  breakGlass: v.exactOptional(
    meaning(
      v.object({ rule: text, reason: text, expires: time, actor: text, actorId: text }),
      'The run was allowed by a rule for emergencies: why, until when, and who used it. Absent for every other run.',
    ),
  ),
  startedAt: time,
  finishedAt: time,
  tool: v.object({ name: text, version: text }),
  trace: v.object({
    traceId: v.pipe(text, v.regex(/^[0-9a-f]{32}$/)),
    spanId: v.pipe(text, v.regex(/^[0-9a-f]{16}$/)),
  }),
  run: meaning(run, 'What the job said of itself (GITHUB_* variables): the word of the signer.'),
  identity: v.exactOptional(
    meaning(identity, 'From the verified OIDC token; absent when none was verified. Never the token itself.'),
  ),
  people: v.exactOptional(
    meaning(
      people,
      'Whose doing this run is; rules and deny lists on people were held against both. Absent in older records, and when no token was verified.',
    ),
  ),
  policy: v.exactOptional(
    meaning(
      v.object({
        source: text,
        sha256: sha256Hex,
        serial: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
        notAfter: v.exactOptional(text),
        signedBy: v.exactOptional(
          meaning(text, 'Whose signature of it was verified; absent: none was demanded.'),
        ),
        mode: v.exactOptional(
          meaning(
            v.picklist(['enforce', 'audit']),
            'Whether the policy stops what it denies, or lets some of it go on; absent in older records.',
          ),
        ),
        branchProtected: v.exactOptional(
          meaning(v.boolean(), 'Whether rules guarded the branch that held it; absent: not to be seen.'),
        ),
      }),
      'The policy that was applied: where it came from, and the SHA-256 of policy.yml.',
    ),
  ),
  refusedPolicy: v.exactOptional(
    meaning(
      v.object({
        reference: meaning(text, 'The `policy` input of the step.'),
        demanded: v.object({
          sha256: v.exactOptional(sha256Hex),
          minSerial: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
          signed: v.exactOptional(v.literal(true)),
        }),
        source: v.exactOptional(text),
        sha256: v.exactOptional(sha256Hex),
      }),
      'The policy that was asked for and not taken, for the reason in failure. source, sha256: what came; absent when nothing did. Absent when a policy was applied.',
    ),
  ),
  decision: v.exactOptional(
    meaning(
      decisionSchema,
      'What the policy said, also where audit mode let the run go on. rule is null unless exactly one rule allowed the run.',
    ),
  ),
  plan: v.exactOptional(
    meaning(
      v.object({
        commands: v.array(
          v.object({
            command: text,
            nodes: texts,
            hooks: v.exactOptional(
              meaning(
                texts,
                'Hooks of the project around these nodes; for `source freshness` a flag of the project decides whether dbt runs them.',
              ),
            ),
            operation: v.exactOptional(meaning(text, 'The macro of a `run-operation`.')),
            deferred: v.exactOptional(
              meaning(
                v.literal(true),
                'What it touches depends on what an earlier command left, so it was planned and checked after that had run, right before it ran itself. nodes is empty when it never came to that.',
              ),
            ),
            retry: v.exactOptional(
              meaning(
                v.literal('not needed'),
                'A `retry` followed, and did not run, because this command did not fail.',
              ),
            ),
          }),
        ),
        hooks: meaning(texts, 'The hooks of all commands.'),
      }),
      'unique_ids that dbt resolved before any credential existed, deferred commands aside. Hooks and operations are code of the project outside any selection: what they read and write is not known.',
    ),
  ),
  checkout: v.exactOptional(
    meaning(
      checkoutSchema,
      'The project on disk before the plan, each file hashed by this step and compared with the commit. Absent: not looked at, as in a run without dbt and in older records.',
    ),
  ),
  warehouse: v.exactOptional(
    meaning(
      v.object({ grant: text, kind: text, credentials: v.picklist(['needed', 'none']) }),
      'The grant of the policy that dbt worked with. credentials none: its warehouse is a local file.',
    ),
  ),
  settings: v.exactOptional(
    meaning(
      settingsSchema,
      'What else than the commands says what dbt does. Absent: dbt was not opened, or the record is older.',
    ),
  ),
  credentials: meaning(
    v.array(credential),
    'Credentials of the run in the order of issue, renewals too: who, scope and life, never the credential.',
  ),
  credentialSource: v.exactOptional(
    meaning(
      v.picklist(['federated', 'ambient', 'none']),
      'federated: all were issued for this run. ambient: an earlier step of the job left them, so nobody vouches for whose they are.',
    ),
  ),
  credentialsEndedAt: v.exactOptional(
    meaning(time, 'When the ways to the credentials were closed: broker, relay, sessions, files.'),
  ),
  staticCredentials: v.exactOptional(
    meaning(
      v.array(staticCredential),
      'Long-lived keys in the environment of the job and in the profiles.yml of the project, by name. An empty list: looked, and found none. Absent: not looked.',
    ),
  ),
  dbt: v.exactOptional(
    meaning(
      dbt,
      'The dbt in use and its invocations, in order. exitCode: the first that is not 0, invocations that were repeated aside; null when dbt did not run.',
    ),
  ),
  lineage: v.exactOptional(
    meaning(
      v.object({ events: count, nodes: count, edges: count }),
      'Size of lineage.ndjson and of the graph in it.',
    ),
  ),
  failure: v.exactOptional(
    meaning(v.object({ code: text, stage: text, message: text }), 'The error that stopped the run.'),
  ),
});
export type DbtRunPredicate = v.InferOutput<typeof predicateSchema>;
