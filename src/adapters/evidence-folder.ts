import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassportError } from '../errors.ts';
import type { EvidenceFolder } from '../ports.ts';
import { plain } from '../untrusted.ts';
import { privateFolder } from './private-folder.ts';

/**
 * A new folder for the evidence of one run, readable by this user only. The evidence holds the names of
 * tables and columns and compiled SQL; on a self-hosted runner other users may look around.
 * @param parent RUNNER_TEMP; the post step removes the folder
 */
export async function evidenceFolder(parent: string): Promise<EvidenceFolder> {
  const { path } = await privateFolder(parent);
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
