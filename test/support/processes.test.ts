import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { processesOf } from './processes.ts';

describe('the search for processes of a job', () => {
  it('finds one that has the folder of the job as HOME, while it lives', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], {
      env: { HOME: '/tmp/runner-searched' },
      stdio: 'ignore',
    });
    const gone = new Promise((done) => child.on('close', done));
    await expect
      .poll(() => processesOf('/tmp/runner-searched/_temp'))
      .toEqual([expect.stringContaining(`${child.pid} `)]);
    expect(await processesOf('/tmp/runner-search/_temp')).toEqual([]);
    child.kill('SIGKILL');
    await gone;
    expect(await processesOf('/tmp/runner-searched/_temp')).toEqual([]);
  });
});
