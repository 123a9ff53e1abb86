import type { JSONWebKeySet } from 'jose';
import type { Checkout, Contents } from './checkout/observed.ts';
import type { Broker, SnowflakeRelay } from './credentials/broker.ts';
import type { Clouds } from './credentials/clouds.ts';
import type { PrivateFiles, Timing } from './credentials/desk.ts';
import type { Endpoints } from './credentials/endpoints.ts';
import type { Variables } from './credentials/issued.ts';
import type { DbtCommand } from './dbt/command.ts';
import type { DbtEngine, DbtInvocation } from './dbt/invocation.ts';
import type { FlagFiles } from './dbt/project-flags.ts';
import type { Place } from './errors.ts';
import type { AttemptSource } from './identity/people.ts';
import type { Secret } from './secret.ts';

/** The outside world as small types. Adapters implement them; the core takes them as arguments. */

export type Clock = () => Date;

/** Asks GitHub for an OIDC token for one audience. The value is masked in the log before it is returned. */
export type IdTokenSource = (audience: string) => Promise<Secret>;

/** The signing keys of an issuer. `fresh` asks past the cache, for a key id not seen before. */
export type Jwks = (issuer: string, options: { readonly fresh: boolean }) => Promise<JSONWebKeySet>;

/** The policy's bytes and where exactly they came from (with the commit resolved to 40 hex digits). */
export type PolicyStore = (reference: string, want?: { readonly signature: boolean }) => Promise<FoundPolicy>;

export interface FoundPolicy {
  readonly bytes: Uint8Array;
  readonly source: string;
  /** Whether rules guard the branch that holds it; absent where that cannot be seen. */
  readonly branchProtected?: boolean;
  /** The Sigstore bundle beside it; absent when there is none, or none was asked for. */
  readonly signature?: Uint8Array;
}

/** Which commit the project on disk must be, and where it lies. */
export interface CheckoutAsked {
  readonly project: { readonly path: string; readonly inRepository: string };
  /** `sha` of the verified token. */
  readonly commit: string;
  /** `owner/name` of the token, and the server of both. */
  readonly repository: string;
  readonly serverUrl: string;
}

/** Looks at the files of the project. */
export interface CheckoutReader {
  readonly compare: (asked: CheckoutAsked) => Promise<Checkout>;
  /** The files that dbt reads, once more; null when they cannot be read. */
  readonly contents: (asked: Pick<CheckoutAsked, 'project' | 'commit'>) => Promise<Contents | null>;
}

/** Opens dbt once: the project is parsed here and held, so that the plan and the run share one start-up. */
export type Dbt = (setup: DbtSetup) => Promise<DbtSession>;

export interface DbtSetup {
  readonly projectDir: string;
  /** Text of the generated profiles.yml: secrets only as env_var references. */
  readonly profiles: string;
  /** The whole environment of the child: nothing else is inherited. No credential is in it. */
  readonly env: Readonly<Record<string, string>>;
  /** Seconds after which a command, or its planning, is stopped; none when undefined. */
  readonly timeoutSeconds?: number;
}

/** Names of those files in which a secret is. */
export type HoldsSecret = (files: ReadonlyMap<string, Uint8Array>) => Promise<readonly string[]>;

/** What dbt left for later steps. */
export interface DbtOutputs {
  /** The target folder, absolute. */
  readonly target: string;
  /** Number of files, logs too. */
  readonly files: number;
  /** Names of files that were removed: they held a secret, were no plain files, or over 256 MiB. */
  readonly withheld: readonly string[];
}

export interface DbtSession {
  readonly engine: DbtEngine;
  /** Files in which dbt looks for settings, as they were when it was opened. */
  readonly flagFiles: FlagFiles;
  /** unique_ids that the command's own selection resolves to, by dbt itself, without a connection to the warehouse. */
  list(command: DbtCommand): Promise<readonly string[]>;
  /** manifest.json of the parsed project, as dbt wrote it during `list`. */
  manifest(): Promise<Uint8Array>;
  /** Runs one command with the credentials added to the environment of dbt, its output streamed to the log. */
  invoke(command: DbtCommand, credentials: Variables): Promise<DbtInvocation>;
  /**
   * Ends dbt and leaves what it made for people (target, logs) until the job ends, but for files that hold a secret.
   * Null when nothing could be left. Never throws; `close` comes after it as always.
   */
  leave(holdsSecret: HoldsSecret): Promise<DbtOutputs | null>;
  /** Ends dbt and removes the private folder, but for what `leave` has left. Safe to call twice. */
  close(): Promise<void>;
}

/** Signs a statement. `bundle` is a Sigstore bundle v0.3 as JSON text. */
export type Signer = (
  statement: Uint8Array,
) => Promise<{ readonly bundle: string; readonly signer: SignerFact }>;

/** A signer for what the token of the job says. */
export type SignerSource = (token: { readonly visibility: string; readonly issuer: string }) => Signer;

/** Who signed, for people: the certificate's subject or the key id. */
export interface SignerFact {
  readonly mode: 'key' | 'keyless';
  readonly identity: string;
}

/** The folder that becomes the artifact. */
export interface EvidenceFolder {
  readonly path: string;
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/** Uploads the evidence folder under a name; null where the server has no artifact service that this can use. */
export type ArtifactStore = (upload: {
  readonly name: string;
  readonly folder: string;
  readonly files: readonly string[];
  readonly retentionDays?: number;
}) => Promise<StoredArtifact | null>;

export interface StoredArtifact {
  readonly id: string;
  readonly url: string;
  /** `sha256:<hex>` of the uploaded archive. */
  readonly digest: string;
}

/** The places of credentials on this machine: a broker, a relay, private files. Nothing of it is left after `close`. */
export interface Vault {
  readonly broker: Broker;
  readonly snowflakeRelay: SnowflakeRelay;
  readonly files: PrivateFiles;
  /** Never throws: what cannot be removed is reported. */
  close(): Promise<void>;
}

/** All of them, as the pipeline takes them. */
export interface Ports {
  readonly clock: Clock;
  readonly policy: PolicyStore;
  /** The source of ID tokens, bound to the issuer that the policy names. */
  readonly idToken: (issuer: string) => IdTokenSource;
  readonly jwks: Jwks;
  /** Who started this attempt of the run, by GitHub's API. */
  readonly attempt: AttemptSource;
  readonly checkout: CheckoutReader;
  readonly dbt: Dbt;
  readonly clouds: (endpoints: Endpoints) => Clouds;
  /** What serves and keeps credentials on this machine while dbt runs. */
  readonly vault: () => Promise<Vault>;
  readonly timing: Timing;
  /** Hides a value in the log from now on. */
  readonly mask: (secret: Secret) => void;
  readonly evidenceFolder: () => Promise<EvidenceFolder>;
  /**
   * `visibility` is the token's `repository_visibility`, which decides where a keyless signature may be
   * made; `issuer` is whom to ask for a token for it. Both are empty when the run ended before they were known.
   * Null: another job of the run signs.
   */
  readonly signer: SignerSource | null;
  readonly artifacts: ArtifactStore;
  /** A line in the log of the run. */
  readonly say: (line: string) => void;
  /** Something that may go wrong later, for whoever looks at the run. */
  readonly warn: (message: string) => void;
  readonly cancelled: AbortSignal;
}

/** What the person running the job sees. All text is made safe here; callers pass it as it is. */
export interface Reporter {
  /** A step of the run, on one line. */
  info(line: string): void;
  /** An annotation, at a place of the repository when there is one. */
  warning(title: string, message: string, place?: Place): void;
  error(title: string, message: string, place?: Place): void;
}
