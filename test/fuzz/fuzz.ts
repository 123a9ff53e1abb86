/** The properties of this folder for as long as is asked: `npm run fuzz -- --minutes=5`. */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error('expected --minutes with a number above 0');
const vitest = ['node_modules/vitest/vitest.mjs', 'run', 'test/fuzz'];
const env = { ...process.env, DBT_PASSPORT_FUZZ_MINUTES: String(minutes) };
process.exit(spawnSync(process.execPath, vitest, { stdio: 'inherit', env }).status ?? 1);
