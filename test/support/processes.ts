import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * The processes that live in the job of a run: those with its folder as HOME, which the runner gives to the action and
 * the action to dbt. Each as its id and command line.
 */
export async function processesOf(runnerTemp: string): Promise<readonly string[]> {
  const home = `HOME=${runnerTemp.replace(/\/_temp$/, '')}`;
  if (process.platform === 'darwin') {
    const { stdout } = await promisify(execFile)('ps', ['axeww', '-o', 'pid=,command=']);
    return stdout.split('\n').filter((line) => `${line} `.includes(` ${home} `));
  }
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (id: string, file: string) => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '');
  const found = await Promise.all(
    ids.map(async (id) =>
      (await read(id, 'environ')).split('\0').includes(home)
        ? `${id} ${(await read(id, 'cmdline')).replaceAll('\0', ' ')}`
        : '',
    ),
  );
  return found.filter((line) => line !== '');
}
