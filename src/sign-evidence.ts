import { artifactName } from './artifact-name.ts';
import { BUNDLE_NAME } from './evidence/bundle.ts';
import { statusWords } from './evidence/decision-words.ts';
import type { DbtRunPredicate } from './evidence/predicate.ts';
import { workflowFile } from './evidence/same-run.ts';
import type { EvidenceFiles } from './evidence/subjects.ts';
import { readUnsigned, refused, refuseOtherDecision, refuseOtherRun } from './evidence/unsigned.ts';
import { type Claims, shownClaim } from './identity/claims.ts';
import { checkContext } from './identity/context.ts';
import { issuerOf, readIssuer } from './identity/issuer.ts';
import { verifyToken } from './identity/token.ts';
import type { Job } from './job.ts';
import type { Ports, SignerFact, SignerSource, StoredArtifact } from './ports.ts';
import type { ArtifactReference, SignInputs } from './sign-inputs.ts';

/** What is to be signed, and by which job. */
export interface SignRequest {
  readonly inputs: SignInputs;
  readonly job: Job;
  readonly nonce: string;
  readonly allowLoopback: boolean;
}

export interface SignPorts
  extends Pick<Ports, 'clock' | 'idToken' | 'jwks' | 'evidenceFolder' | 'artifacts' | 'say'> {
  readonly download: (artifact: ArtifactReference) => Promise<EvidenceFiles>;
  readonly signer: SignerSource;
}

export interface SignedEvidence {
  readonly predicate: DbtRunPredicate;
  readonly signer: SignerFact;
  readonly folder: string;
  /** Null where the server stores none. */
  readonly artifact: StoredArtifact | null;
}

/** Whom the token of this job is for: nobody but this check. */
const AUDIENCE = 'dbt-passport/sign';

/**
 * Signs the record that another job of this run has left: reads it, compares it with this job's own verified token
 * and with its own policy, signs the very bytes, and uploads it whole. No code of the dbt project and no credential takes part.
 * @throws PassportError; nothing is signed then
 */
export async function signEvidence(request: SignRequest, ports: SignPorts): Promise<SignedEvidence> {
  const { inputs, job } = request;
  const unsigned = await readUnsigned(await ports.download(inputs.artifact), ports.clock());
  const issuer = issuerFor(unsigned.predicate, request);
  const claims = await ownClaims(issuer, job, ports);
  const { serverUrl, triggeringActor } = job.context;
  refuseOtherRun(unsigned.predicate, { claims, serverUrl, triggeringActor });
  await refuseOtherDecision(unsigned, request.allowLoopback);
  refuseSameJob(unsigned.predicate, claims, inputs);
  ports.say(`record       ${unsigned.files.size} files, the run ${statusWords(unsigned.predicate)}`);

  const visibility = shownClaim(claims, 'repository_visibility');
  const { bundle, signer } = await ports.signer({ visibility, issuer })(unsigned.statement);
  ports.say(`signed by    ${signer.identity}`);

  const files = new Map([...unsigned.files, [BUNDLE_NAME, new TextEncoder().encode(bundle)]]);
  const folder = await ports.evidenceFolder();
  for (const [name, bytes] of files) await folder.write(name, bytes);
  const upload = { ...uploadOf(request, claims), folder: folder.path, files: [...files.keys()] };
  const artifact = await ports.artifacts(upload);
  return { predicate: unsigned.predicate, signer, folder: folder.path, artifact };
}

/** The server's own issuer; the record may add the slug of an enterprise, which the token must then have as well. */
function issuerFor({ identity }: DbtRunPredicate, { job, allowLoopback }: SignRequest): string {
  const own = issuerOf(job.context.serverUrl);
  const recorded = identity?.token.issuer ?? '';
  const form = readIssuer(recorded, allowLoopback);
  return form?.platform === 'loopback' || (form && recorded.startsWith(`${own}/`)) ? recorded : own;
}

async function ownClaims(issuer: string, job: Job, ports: SignPorts): Promise<Claims> {
  const token = await ports.idToken(issuer)(AUDIENCE);
  const { claims } = await verifyToken(token, { issuer, audience: AUDIENCE }, ports);
  checkContext(claims, job.expected);
  return claims;
}

/**
 * Code that dbt started may still run in its job, with all that this step has. A certificate names the workflow file of its job: if
 * dbt runs in the same file, it does not tell two jobs apart.
 */
function refuseSameJob({ identity }: DbtRunPredicate, claims: Claims, { signingKey }: SignInputs): void {
  if (identity === undefined) return;
  const { check_run_id: job, job_workflow_ref: file = '' } = identity.claims;
  if (job !== undefined && job === claims.get('check_run_id'))
    throw refused('SAME_JOB', 'this is the job that ran dbt: sign in another one', ELSEWHERE);
  const own = shownClaim(claims, 'job_workflow_ref');
  if (signingKey !== undefined || workflowFile(own) !== workflowFile(String(file))) return;
  throw refused('SAME_FILE', `this job and the one that ran dbt are both of ${own}`, ELSEWHERE);
}

const ELSEWHERE =
  'Sign in a reusable workflow of its own, as dbt-sign.yml of docs/reusable-workflow.md does.';

function uploadOf({ inputs, job, nonce }: SignRequest, claims: Claims) {
  const { job: id, runAttempt } = job.context;
  const checkRunId = shownClaim(claims, 'check_run_id');
  const name = artifactName(inputs.artifactName, { job: id, runAttempt, checkRunId, nonce });
  return { name, ...(inputs.retentionDays !== undefined && { retentionDays: inputs.retentionDays }) };
}
