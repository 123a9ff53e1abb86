import { constants } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassportError } from '../errors.ts';
import type { EvidenceFolder } from '../ports.ts';
import { plain } from '../untrusted.ts';
import { FOLDER_PREFIX } from './private-folder.ts';

const PREFIX = `${FOLDER_PREFIX}evidence-`;

/**
 * A new folder for the evidence of one run, readable by this user only. The evidence holds the names of
 * tables and columns and compiled SQL; on a self-hosted runner other users may look around.
 * @param parent RUNNER_TEMP, which the runner empties after each job
 */
export async function evidenceFolder(parent: string): Promise<EvidenceFolder> {
  // mkdtemp makes the folder with mode 0700 and a name nobody can foresee.
  const path = await mkdtemp(join(parent, PREFIX));
  return {
    path,
    write: async (name, bytes) => {
      const file = join(path, checkedName(name));
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const handle = await open(file, NEW_FILE, 0o600);
      try {
        await handle.writeFile(bytes);
      } finally {
        await handle.close();
      }
    },
  };
}

/**
 * Removes the evidence folders of this job, for the post step. They are found by their place and name
 * and not by what the main step saved: dbt's code could have changed that.
 */
export async function removeEvidenceFolders(parent: string): Promise<void> {
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name.startsWith(PREFIX)) {
      await rm(join(parent, entry.name), { recursive: true, force: true });
    }
  }
}

/** Never writes over a file and never through a link. */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Names inside the artifact: parts of ASCII letters, digits, `.`, `_`, `-`, none starting with a dot. */
function checkedName(name: string): string {
  if (/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/.test(name)) return name;
  throw new PassportError(
    'ERR_INTERNAL',
    `evidence file name "${plain(name, 100)}" is not a plain relative path`,
  );
}
