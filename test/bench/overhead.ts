/** What the action costs beside the dbt command that it runs. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout, type Peers, passportRun } from '../support/passport.ts';
import { timed, type Variant } from './measure.ts';

const PROFILES = `jaffle_shop:
  target: production
  outputs:
    production: { type: duckdb, path: jaffle_shop.duckdb, schema: main, threads: 4 }
`;

/** The example in a fresh checkout, as every job on a hosted runner finds it; removed afterwards. */
export async function inCheckout<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const project = await checkout();
  try {
    await writeFile(join(project.path, 'profiles.yml'), PROFILES);
    return await work(project.path);
  } finally {
    await project.remove();
  }
}

export function bareDbt(dbt: string, commands: readonly (readonly string[])[]): Variant {
  return {
    command: commands.map((args) => ['dbt', ...args].join(' ')).join(' && '),
    once: () =>
      inCheckout(async (cwd) => {
        const env = { HOME: cwd, DBT_PROFILES_DIR: cwd, DBT_SEND_ANONYMOUS_USAGE_STATS: 'false' };
        let total = 0;
        for (const args of commands) total += await timed([dbt, ...args], { cwd, env, status: 0 });
        return total;
      }),
  };
}

export function action(peers: Peers, command: string): Variant {
  return {
    command: `node dist/main.js  (command: ${command})`,
    once: () =>
      inCheckout(async (workspace) => {
        const result = await passportRun(peers, workspace, { inputs: { command } });
        await result.cleanup();
        if (result.outputs.get('status') === 'succeeded') return result.elapsedMs;
        throw new Error(`the action did not succeed:\n${result.stdout}\n${result.stderr}`);
      }),
  };
}
