/**
 * zizmor, without network: the strictest persona for this repository's own files, the regular one for
 * the examples, which stay as short as a reader needs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { workflows } from './workflows.ts';

const program = process.env['DBT_PASSPORT_ZIZMOR'];
if (program === undefined) throw new Error('DBT_PASSPORT_ZIZMOR is not set: run `npm run check -- zizmor`');

const examples = workflows().filter((path) => path.startsWith('examples/'));
const own = workflows().filter((path) => !examples.includes(path));
own.push(...['action.yml', '.github/dependabot.yml'].filter((path) => existsSync(path)));

const passed = [audit('pedantic', own), audit('regular', examples)];
process.exit(passed.every((ok) => ok) ? 0 : 1);

function audit(persona: string, files: readonly string[]): boolean {
  if (files.length === 0) return true;
  const options = ['--offline', '--quiet', '--color=never', `--persona=${persona}`];
  return spawnSync(program ?? '', [...options, ...files], { stdio: 'inherit' }).status === 0;
}
