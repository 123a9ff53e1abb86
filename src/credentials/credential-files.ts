import type { Secret } from '../secret.ts';

/** The files of the job that may hold a long-lived key, as they were read. */
export interface CredentialFiles {
  /** The project's own profiles.yml, by its path in the repository; null without one. */
  readonly profiles: {
    readonly path: string;
    /** Null when it cannot be read: too large, no file, no text. */
    readonly text: string | null;
  } | null;
  /** What GOOGLE_APPLICATION_CREDENTIALS names; null when it is not set or cannot be read. */
  readonly google: {
    readonly content: Secret;
    /** The file holds no key: its type is `external_account`, a description of how to federate. */
    readonly federated: boolean;
  } | null;
}

export const NO_CREDENTIAL_FILES: CredentialFiles = { profiles: null, google: null };
