/** Plan and run as the product does them: one dbt process that holds the parsed project between both. */
import { join } from 'node:path';
import { openDbt } from '../../src/adapters/dbt-session.ts';
import type { DbtCommand } from '../../src/dbt/command.ts';
import type { Variant } from './measure.ts';
import { inCheckout } from './overhead.ts';

const BUILD: DbtCommand = { text: 'build', name: 'build', args: [] };

export function session(dbt: string): Variant {
  return {
    command: 'one session: list, then build',
    once: () =>
      inCheckout(async (projectDir) => {
        const open = openDbt({
          dbt,
          tempDir: projectDir,
          output: () => {},
          onSignal: () => () => {},
          clock: () => new Date(),
        });
        const started = performance.now();
        const held = await open({ projectDir, profiles: profiles(projectDir), env: environment() });
        try {
          await held.list(BUILD);
          const { exitCode } = await held.invoke(BUILD, new Map());
          if (exitCode !== 0) throw new Error(`dbt build ended with ${exitCode}`);
        } finally {
          await held.close();
        }
        return performance.now() - started;
      }),
  };
}

function profiles(projectDir: string): string {
  const path = join(projectDir, 'jaffle_shop.duckdb');
  return JSON.stringify({
    passport: {
      target: 'production',
      outputs: { production: { type: 'duckdb', path, schema: 'main', threads: 4 } },
    },
  });
}

function environment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '' };
}
