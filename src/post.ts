import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { getState, warning } from '@actions/core';
import { FOLDER_PREFIX } from './adapters/private-folder.ts';

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
    if (name.startsWith(FOLDER_PREFIX))
      await rm(join(temp, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

await post().catch((error: unknown) => warning(`dbt-passport could not clean up: ${String(error)}`));
