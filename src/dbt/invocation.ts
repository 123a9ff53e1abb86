import type { DbtArtifacts } from './artifacts.ts';
import type { DbtCommand } from './command.ts';
import type { InstalledPackages } from './packages.ts';
import type { StateNodes } from './state.ts';

/** A file that dbt wrote, as exact bytes. `name` is its base name, e.g. `run_results.json`. */
export interface DbtFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One dbt command after it ended. */
export interface DbtInvocation {
  readonly command: DbtCommand;
  /** dbt's own exit code; 128 + number of the signal when it was killed. */
  readonly exitCode: number;
  /** `SIGKILL` and the like; null when dbt ended by itself. */
  readonly signal: string | null;
  /** dbt's invocation_id; empty when dbt died before it had one. */
  readonly invocationId: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** What the command could defer to or clone; absent when it did neither, or the manifest of its state could not be read. */
  readonly state?: StateNodes;
  /** Artifacts of this very invocation (checked by invocation_id): manifest.json, run_results.json, catalog.json, sources.json. */
  readonly files: readonly DbtFile[];
  /** Sources whose freshness dbt could not ask for, with its message: it leaves them out of sources.json. */
  readonly unmeasured?: Readonly<Record<string, string>>;
  /** What `deps` left in the project; absent for every other command, and when it failed or only wrote the lock file. */
  readonly installed?: InstalledPackages;
}

/** The dbt in use, as evidence records it. */
export interface DbtEngine {
  /** Absolute, resolved path. */
  readonly executable: string;
  /** SHA-256 of the executable file, lower-case hex. */
  readonly sha256: string;
  /** e.g. `1.11.16`. */
  readonly version: string;
  /** e.g. `duckdb` → `1.11.1`. */
  readonly adapters: Readonly<Record<string, string>>;
  /** Every installed Python distribution, `name==version`, sorted. */
  readonly packages: readonly string[];
}

/** One dbt command with what its artifacts say. */
export interface RunFact {
  readonly invocation: DbtInvocation;
  /** Null when dbt left no artifacts of this invocation. */
  readonly artifacts: DbtArtifacts | null;
}
