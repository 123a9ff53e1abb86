import { type DecisionKind, decisionKind } from './audited.ts';
import { credentialSource } from './credential-source.ts';
import type { DbtRunPredicate } from './predicate.ts';
import { type Checklist, mustEqual } from './verdict.ts';

/** What the reviewer expects of the run. Without a status, one that succeeded; without a decision, any but `audited`. */
export interface Expectations {
  readonly status?: DbtRunPredicate['status'];
  /** `owner/name` */
  readonly repository?: string;
  readonly repositoryId?: string;
  readonly environment?: string;
  /** `job_workflow_ref` of the job that ran dbt: `owner/repo/path@ref`. */
  readonly workflow?: string;
  /** Commit of the workflow that signed. */
  readonly signerSha?: string;
  readonly policySha256?: string;
  readonly decision?: DecisionKind;
  readonly credentials?: ReturnType<typeof credentialSource>;
}

/**
 * Compares an authentic record with what was expected; only what is given is compared, but for the status.
 * @param signerSha commit of the workflow that signed, as the certificate has it
 */
export function checkExpectations(
  list: Checklist,
  predicate: DbtRunPredicate,
  expect: Expectations,
  signerSha?: string,
): void {
  const claims = predicate.identity?.claims;
  const rows: readonly (readonly [name: string, expected: string | undefined, actual: unknown])[] = [
    ['expected-status', expect.status ?? 'succeeded', predicate.status],
    ['expected-repository', expect.repository, claims?.['repository']],
    ['expected-repository-id', expect.repositoryId, claims?.['repository_id']],
    ['expected-environment', expect.environment, claims?.['environment']],
    ['expected-workflow', expect.workflow, claims?.['job_workflow_ref']],
    ['expected-signer-sha', expect.signerSha, signerSha],
    ['expected-policy', expect.policySha256, predicate.policy?.sha256],
    ['expected-credentials', expect.credentials, credentialSource(predicate.credentials)],
  ];
  checkDecisionKind(list, expect.decision, decisionKind(predicate));
  for (const [name, expected, actual] of rows) {
    if (expected === undefined) continue;
    list.check(name, () => {
      mustEqual(name.replace('expected-', ''), expected, actual);
      return expected;
    });
  }
}

/** A run that the policy denied is not the expected one just because audit mode let it go on: that must be asked for. */
function checkDecisionKind(list: Checklist, expected: DecisionKind | undefined, actual: DecisionKind): void {
  if (expected === undefined && actual !== 'audited') return;
  list.check('expected-decision', () => {
    if (expected === undefined)
      throw new Error('denied, and let go on by audit mode; accept that with --expect-decision audited');
    mustEqual('decision', expected, actual);
    return actual;
  });
}
