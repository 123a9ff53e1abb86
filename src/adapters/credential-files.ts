import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { CredentialFiles } from '../credentials/credential-files.ts';
import { Secret } from '../secret.ts';

/** More than any profile or key file has. */
const LIMIT = 1024 * 1024;

/** Reads the files of the job that may hold a long-lived key. Never throws: what cannot be read is said to be so. */
export async function readCredentialFiles(
  project: { readonly path: string; readonly inRepository: string },
  googleFile: string | undefined,
): Promise<CredentialFiles> {
  const profiles = await readText(join(project.path, 'profiles.yml'));
  const google = googleFile ? await readText(googleFile) : null;
  return {
    profiles:
      profiles === 'absent'
        ? null
        : { path: join(project.inRepository, 'profiles.yml'), text: profiles?.text ?? null },
    google:
      google === null || google === 'absent'
        ? null
        : { content: new Secret(google.text), federated: isFederated(google.text) },
  };
}

/** Null for what is there and is no readable text of a sensible size. */
async function readText(path: string): Promise<{ text: string } | 'absent' | null> {
  try {
    // Without O_NONBLOCK a pipe would wait for a writer.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await file.stat()).isFile()) return null;
      const { bytesRead, buffer } = await file.read(Buffer.alloc(LIMIT + 1), 0, LIMIT + 1, 0);
      if (bytesRead > LIMIT) return null;
      return { text: new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead)) };
    } finally {
      await file.close();
    }
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'absent' : null;
  }
}

/** A description of how to federate, without a key beside it. */
function isFederated(text: string): boolean {
  try {
    const { type, private_key: key, refresh_token: token } = JSON.parse(text);
    return type === 'external_account' && key === undefined && token === undefined;
  } catch {
    return false;
  }
}
