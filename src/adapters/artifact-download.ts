import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassportError } from '../errors.ts';
import type { EvidenceFiles } from '../evidence/subjects.ts';
import { refused } from '../evidence/unsigned.ts';
import type { ArtifactReference } from '../sign-inputs.ts';
import { plain } from '../untrusted.ts';
import { hasArtifactService } from './artifact-store.ts';
import { privateFolder } from './private-folder.ts';
import type { Runner } from './runner.ts';
import { LIMITS, readArchive } from './zip-archive.ts';

/**
 * The files of an artifact of this very run, through `@actions/artifact` with the token that the runner gives each
 * step: it reaches the artifacts of its run and no others, so the job needs no permission for it. The archive is
 * compared with the digest and unpacked here, in memory; the library retries network faults five times.
 * @throws PassportError ERR_ARTIFACT_UNAVAILABLE, or ERR_RECORD_REFUSED when the archive is not the one that is meant
 */
export async function downloadArtifact(
  { id, digest }: ArtifactReference,
  place: { readonly serverUrl: string; readonly tempDir: string },
  runner: Pick<Runner, 'group'>,
): Promise<EvidenceFiles> {
  if (!hasArtifactService(place.serverUrl))
    throw unavailable(id, 'GitHub Enterprise Server has no artifact service that this can read', GHES);
  const folder = await privateFolder(place.tempDir);
  try {
    const zip = await runner.group('Download the evidence', () => archive(id, digest, folder.path));
    const found = `sha256:${createHash('sha256').update(zip).digest('hex')}`;
    if (found !== digest) throw refused('ARTIFACT_DIGEST', `expected an archive of ${digest}, got ${found}`);
    return readArchive(zip);
  } catch (error) {
    if (error instanceof PassportError && error.code === 'ERR_EVIDENCE_INVALID')
      throw refused('ARTIFACT_ARCHIVE', error.message);
    throw error;
  } finally {
    await folder.remove();
  }
}

/** The bytes of the archive, which must be as large and have the digest that the service and the caller say. */
async function archive(id: string, digest: string, folder: string): Promise<Uint8Array> {
  const listed = await find(id);
  if (listed.size > LIMITS.bytes)
    throw refused('ARTIFACT_ARCHIVE', `it has ${listed.size} bytes, expected at most ${LIMITS.bytes}`);
  if (listed.digest !== undefined && listed.digest !== digest)
    throw refused('ARTIFACT_DIGEST', `expected an archive of ${digest}, GitHub has ${listed.digest}`);
  const client = await artifactClient();
  await client
    .downloadArtifact(listed.id, { path: folder, skipDecompress: true })
    .catch((cause: unknown) => Promise.reject(failure(id, cause)));
  const [name, ...more] = await readdir(folder);
  if (name === undefined || more.length > 0)
    throw unavailable(id, `expected one file, the download left ${more.length + (name ? 1 : 0)}`);
  return await readFile(join(folder, name));
}

async function find(id: string) {
  const client = await artifactClient();
  const { artifacts } = await client
    .listArtifacts()
    .catch((cause: unknown) => Promise.reject(failure(id, cause)));
  const found = artifacts.find((artifact) => String(artifact.id) === id);
  if (found !== undefined) return found;
  throw unavailable(
    id,
    `this run has ${artifacts.length} artifacts, and none of that id`,
    'Give the output artifact-id of the job of this run that left the evidence; an artifact of another run is never signed.',
  );
}

/** Loaded only where something is downloaded. */
async function artifactClient() {
  const { DefaultArtifactClient } = await import('@actions/artifact');
  return new DefaultArtifactClient();
}

const GHES = 'Sign in the job that runs dbt there: `signing: key`, or `custom`.';

function failure(id: string, cause: unknown): PassportError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return unavailable(id, plain(text.split('\n', 1)[0] ?? '', 300), undefined, cause);
}

function unavailable(id: string, why: string, hint?: string, cause?: unknown): PassportError {
  return new PassportError('ERR_ARTIFACT_UNAVAILABLE', `artifact ${id} was not read: ${why}`, {
    hint:
      hint ??
      'See https://www.githubstatus.com and run all jobs again. The runner must reach *.actions.githubusercontent.com and *.blob.core.windows.net.',
    cause,
  });
}
