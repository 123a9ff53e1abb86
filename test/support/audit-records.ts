/** Records of runs that are no ordinary allowed ones: audit mode, break-glass, a review that is due. */
import { PassportError } from '../../src/errors.ts';
import type { EvidenceRecord } from '../../src/evidence/record.ts';
import type { Decision } from '../../src/policy/decision.ts';
import type { LoadedPolicy } from '../../src/policy/policy.ts';
import { sha256 } from '../../src/sha256.ts';
import { ambientRecord, authOnlyRecord } from './credential-records.ts';
import {
  ALLOWED,
  cancelledRecord,
  DENIED,
  dryRunRecord,
  failedRecord,
  identity,
  loadedPolicy,
  RULE,
  succeededRecord,
} from './records.ts';

const AUDIT_POLICY = new TextEncoder().encode(
  'version: "1"\nmode: audit\nrules:\n  - { id: nightly-main }\n',
);
const AUDIT_SHA256 = await sha256(AUDIT_POLICY);

/** The policy of the other records, in audit mode. */
export function auditPolicy(): LoadedPolicy {
  const loaded = loadedPolicy();
  const policy = { ...loaded.policy, mode: 'audit' as const };
  return { ...loaded, policy, bytes: AUDIT_POLICY, sha256: AUDIT_SHA256 };
}

/** Denied for its runner, and let go on. */
export const AUDITED: Decision = {
  ...DENIED,
  reasons: [
    {
      code: 'RUNNER',
      rule: RULE.id,
      claim: 'runner_environment',
      expected: 'github-hosted',
      actual: 'self-hosted',
      cause: 'The job runs on a runner that its owner operates.',
      fix: 'Let the job run on a runner that GitHub hosts. Policy: `runner_environment`, line 16.',
      line: 16,
    },
  ],
  audit: { rule: RULE.id },
  policySha256: AUDIT_SHA256,
};

function audited(record: EvidenceRecord): EvidenceRecord {
  record.keep('policy', auditPolicy());
  record.keep('identity', identity({ runner_environment: 'self-hosted' }));
  record.keep('decision', AUDITED);
  return record;
}

/** It went on with what an earlier step of its job had left. */
export function auditedRecord(): EvidenceRecord {
  return audited(ambientRecord());
}

/** It went on and ended so; on DuckDB, which needs no credential. */
export const AUDITED_RECORDS: Readonly<Record<string, () => EvidenceRecord>> = {
  succeeded: () => audited(succeededRecord()),
  failed: () => audited(failedRecord()),
  cancelled: () => audited(cancelledRecord()),
  'dry-run': () => audited(dryRunRecord()),
  'auth-only': () => {
    const record = audited(authOnlyRecord());
    record.keep('credentials', auditedRecord().known('credentials'));
    return record;
  },
  denied: () => {
    const record = audited(dryRunRecord());
    record.fail(new PassportError('ERR_DBT_SELECTION_FORBIDDEN', 'model.a.b is outside'));
    return record;
  },
};

/** Denied under a policy in audit mode for something that the mode does not soften. */
export function stoppedRecord(): EvidenceRecord {
  const record = dryRunRecord();
  record.keep('policy', auditPolicy());
  record.keep('decision', { ...AUDITED, audit: { rule: null } });
  record.fail(new PassportError('ERR_POLICY_DENIED', 'the deny list'));
  return record;
}

const EMERGENCY = { reason: 'INC-4711: the nightly load is broken', expires: '2026-11-20T08:00:00Z' };

/** Allowed by a rule for emergencies, with a review that is due as well. */
export function breakGlassRecord(from = succeededRecord): EvidenceRecord {
  const record = from();
  const loaded = loadedPolicy();
  const review = { lastReviewed: '2026-06-01', maxAgeDays: 180 };
  const rule = { ...RULE, breakGlass: EMERGENCY, review };
  const bytes = new TextEncoder().encode(
    `rules: [{ id: nightly-main, break_glass: { reason: "${EMERGENCY.reason}", expires: "${EMERGENCY.expires}" } }]\n`,
  );
  record.keep('policy', { ...loaded, policy: { ...loaded.policy, rules: [rule] }, bytes });
  record.keep('decision', {
    ...ALLOWED,
    breakGlass: EMERGENCY,
    notices: [
      {
        code: 'RULE_REVIEW',
        message: 'rule nightly-main was last reviewed on 2026-06-01; after 2026-11-28 it allows nothing',
        line: 19,
      },
      {
        code: 'BREAK_GLASS',
        message: `break-glass until ${EMERGENCY.expires}: ${EMERGENCY.reason}`,
        line: 17,
      },
    ],
  });
  return record;
}
