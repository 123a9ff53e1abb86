import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { getState, warning } from '@actions/core';
import { FOLDER_PREFIX, removeFolder } from './adapters/private-folder.ts';

/**
 * Removes what the main step left in the runner's temporary folder, also when it was killed. The paths
 * are found anew by their prefix: saved state could be forged by what dbt printed. Cleaning up never
 * fails a job.
 */
async function post(): Promise<void> {
  if (getState('finished') !== 'true') {
    warning(
      'The main step of dbt-passport did not reach its end, so it may have left no evidence of this run.',
    );
  }
  const temp = process.env['RUNNER_TEMP'];
  if (!temp) return;
  for (const name of await readdir(temp)) {
    if (name.startsWith(FOLDER_PREFIX)) await removeFolder(join(temp, name)).catch(complain);
  }
}

/** One that cannot be removed does not keep the others. */
function complain(error: unknown): void {
  warning(`dbt-passport could not clean up: ${String(error)}`);
}

await post().catch(complain);
