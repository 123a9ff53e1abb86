import type { CredentialFiles } from './credentials/credential-files.ts';
import type { Endpoints } from './credentials/endpoints.ts';
import type { Inputs } from './inputs.ts';
import type { Job } from './job.ts';

/** What is asked, and by which job. */
export interface Request {
  readonly inputs: Inputs;
  readonly job: Job;
  /** The dbt project: its absolute path, and where it lies in the repository. */
  readonly project: { readonly path: string; readonly inRepository: string };
  /** `traceparent` of the caller, when it is inside a trace. */
  readonly traceparent: string | undefined;
  /** Hex digits, fresh for each step: keeps the artifact names of two steps of one job apart. */
  readonly nonce: string;
  /** Issuers on this machine are accepted: for the demo and the tests, set by no input. */
  readonly allowLoopback: boolean;
  /** Services on this machine in the clouds' place: for the demo and the tests, set by no input. */
  readonly endpoints: Endpoints;
  /** The environment of the job, of which dbt gets an allowlisted part. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Files of the job that may hold a long-lived key. */
  readonly files: CredentialFiles;
}
