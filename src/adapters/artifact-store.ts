import { join } from 'node:path';
import { PassportError } from '../errors.ts';
import type { ArtifactStore } from '../ports.ts';
import { plain } from '../untrusted.ts';
import type { Runner } from './runner.ts';

/** What the runner says of where artifacts go. */
export interface ArtifactPlace {
  /** GITHUB_SERVER_URL */
  readonly serverUrl: string;
  readonly repository: string;
  readonly runId: string;
}

/**
 * GitHub's artifact storage, through `@actions/artifact`, which reads ACTIONS_RESULTS_URL,
 * ACTIONS_RUNTIME_TOKEN and GITHUB_RETENTION_DAYS (a longer retention is lowered to it) and retries
 * network faults, 429 and 5xx up to five times within about half a minute. The library refuses to
 * work with GitHub Enterprise Server: there nothing is stored, with a warning.
 */
export function githubArtifactStore(
  place: ArtifactPlace,
  runner: Pick<Runner, 'group' | 'reporter'>,
): ArtifactStore {
  return async ({ name, folder, files, retentionDays }) => {
    if (!hasArtifactService(place.serverUrl)) {
      runner.reporter.warning('No artifact', NO_SERVICE);
      return null;
    }
    return await runner.group('Upload the evidence', async () => {
      try {
        // Loaded only when there is something to upload: it is the largest part of the bundle.
        const { DefaultArtifactClient } = await import('@actions/artifact');
        const { id, digest } = await new DefaultArtifactClient().uploadArtifact(
          name,
          files.map((file) => join(folder, file)),
          folder,
          retentionDays === undefined ? {} : { retentionDays },
        );
        if (id === undefined || digest === undefined) throw new Error('the service gave no artifact id');
        return { id: String(id), url: artifactUrl(place, id), digest: `sha256:${digest}` };
      } catch (cause) {
        throw uploadFailure(name, cause);
      }
    });
  };
}

const NO_SERVICE =
  'The artifact service of GitHub Enterprise Server is not the one of github.com. The evidence is in the folder of the output `evidence-path`: upload it with the artifact action that your server supports, in a later step of the job with `if: always()`.';

/** As the library itself decides; it would refuse. Source: `isGhes` of @actions/artifact. */
export function hasArtifactService(serverUrl: string): boolean {
  const host = URL.parse(serverUrl)?.hostname ?? 'github.com';
  return host === 'github.com' || host.endsWith('.ghe.com') || host.endsWith('.localhost');
}

function artifactUrl({ serverUrl, repository, runId }: ArtifactPlace, id: number): string {
  return `${serverUrl}/${repository}/actions/runs/${runId}/artifacts/${id}`;
}

/** Known causes by the words of `@actions/artifact` and of the service. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /ACTIONS_RUNTIME_TOKEN|ACTIONS_RESULTS_URL|backend IDs/,
    'The runner gave the step no artifact service. Run dbt-passport with `uses:` and not from a `run:` step; an own runner must be current.',
  ],
  [
    /already exists/,
    'Another step of this run uploaded an artifact of this name. Give each its own artifact-name.',
  ],
  [/quota/, 'The artifact storage of the account is full. Delete old artifacts or lower retention-days.'],
  [
    /Unable to make request/,
    'The runner cannot reach the artifact service. Allow *.actions.githubusercontent.com and *.blob.core.windows.net; until the job ends the evidence is in the folder of the output evidence-path.',
  ],
];
const UNKNOWN =
  'See https://www.githubstatus.com and run the job again; the evidence is in the folder of the output evidence-path until the job ends.';

function uploadFailure(name: string, cause: unknown): PassportError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const [, hint = UNKNOWN] = HINTS.find(([words]) => words.test(text)) ?? [];
  const why = plain(text.split('\n', 1)[0] ?? '', 300);
  return new PassportError('ERR_UPLOAD_FAILED', `artifact ${plain(name, 200)} was not stored: ${why}`, {
    hint,
    cause,
  });
}
