import { type ClaimName, type Identity, shownClaim } from '../identity/claims.ts';
import type { Trace } from '../identity/trace.ts';
import { auditedUnder, type Decision } from '../policy/decision.ts';
import { runUrl } from '../run-url.ts';
import { type JsonObject, known, ownFacet } from './facet.ts';

/** Characters of a claim that are kept: claims are foreign text, and branch or workflow names can be long. */
const CLAIM_LIMIT = 1000;

/**
 * `dbtPassport_identity`: who ran it, by the verified token. It holds the token's digest, never the token.
 * Schema: docs/schema/identity-run-facet-1-0-0.json.
 */
export function identityFacet(
  producer: string,
  identity: Identity,
  trace: Trace,
  decision: Decision,
  serverUrl: string,
): JsonObject {
  const claim = (name: ClaimName) => shownClaim(identity.claims, name).slice(0, CLAIM_LIMIT).toWellFormed();
  return ownFacet(
    producer,
    'identity-run-facet-1-0-0',
    known({
      issuer: claim('iss'),
      subject: claim('sub'),
      repository: claim('repository'),
      repositoryId: claim('repository_id'),
      repositoryOwnerId: claim('repository_owner_id'),
      environment: claim('environment'),
      actor: claim('actor'),
      actorId: claim('actor_id'),
      eventName: claim('event_name'),
      ref: claim('ref'),
      sha: claim('sha'),
      workflowRef: claim('workflow_ref'),
      workflowSha: claim('workflow_sha'),
      jobWorkflowRef: claim('job_workflow_ref'),
      jobWorkflowSha: claim('job_workflow_sha'),
      runId: claim('run_id'),
      runAttempt: claim('run_attempt'),
      runUrl: runUrl(serverUrl, claim('repository'), claim('run_id'), claim('run_attempt')),
      tokenId: claim('jti'),
      tokenSha256: identity.token.sha256,
      traceId: trace.traceId,
      policySource: decision.policySource,
      policySha256: decision.policySha256,
      policyRule: decision.rule ?? '',
      auditedRule: auditedUnder(decision) ?? '',
    }),
  );
}
