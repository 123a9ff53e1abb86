/**
 * How much time the product itself takes: `npm run bench`, or `npm run bench -- --rounds=9`; of the exchanges and the
 * broker: `npm run bench -- credentials`; of policies by size: `npm run bench -- policy`; of the tests: `npm run bench -- tests`.
 * Only the ratios mean something; each is of medians that were taken in turns in this one run.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPeers } from '../support/passport.ts';
import { REPOSITORY_ROOT } from '../support/runner.ts';
import { credentials } from './credentials.ts';
import { medians, type Variant } from './measure.ts';
import { action, bareDbt } from './overhead.ts';
import { policy } from './policy.ts';
import { session } from './session.ts';
import { bareNode, firstLine, verification } from './start.ts';
import { tests } from './tests.ts';

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, against: { type: 'string' } },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
const [bench, ...paths] = positionals;
if (bench !== 'tests')
  console.log(`Medians of ${rounds} rounds, variants in turns; Node ${process.version}\n`);
if (bench === undefined) await wholeRuns();
else if (bench === 'tests') await tests(paths, values.against);
else if (positionals.join(' ') === 'credentials') await credentials(rounds);
else if (positionals.join(' ') === 'policy') process.exitCode = (await policy(rounds)) ? 0 : 1;
else throw new Error(`no such bench: ${positionals.join(' ')}`);

async function wholeRuns(): Promise<void> {
  const dbt = process.env['DBT_PASSPORT_DBT'];
  if (dbt === undefined) throw new Error('DBT_PASSPORT_DBT is not set: use `npm run bench`');
  const peers = await startPeers();
  try {
    await compare('own overhead', action(peers, 'build'), bareDbt(dbt, [['build']]), 'goal: 15 % or 2 s');
    await compare('cold start', firstLine, bareNode);
    const verify = await verification(peers);
    await compare('verify one artifact', verify.variant, bareNode);
    await verify.cleanup();
    await compare('plan and run in one process', session(dbt), bareDbt(dbt, [['ls'], ['build']]));
    sizes();
  } finally {
    await peers.close();
  }
}

async function compare(title: string, ours: Variant, bare: Variant, goal = ''): Promise<void> {
  const [our = 0, their = 0] = await medians(rounds, [ours, bare]);
  const ratio = (our / their).toFixed(2);
  const added = `${our >= their ? '+' : '-'}${Math.abs(our - their).toFixed(0)} ms`;
  console.log(`${title}: ${ratio} x, ${added} ${goal}`.trimEnd());
  for (const [variant, time] of [[ours, our] as const, [bare, their] as const]) {
    console.log(`  ${time.toFixed(0).padStart(6)} ms  ${variant.command}`);
  }
}

function sizes(): void {
  console.log('bundles');
  for (const name of ['main.js', 'post.js', 'cli.js']) {
    const kilobytes = statSync(join(REPOSITORY_ROOT, 'dist', name)).size / 1000;
    console.log(`  ${kilobytes.toFixed(0).padStart(6)} kB  dist/${name}`);
  }
}
