import { defineConfig } from 'vitest/config';

const WARM_DBT = 'test/support/warm-dbt.ts';

/** Folders of test/ that need more than the code under test; every other folder is a unit test. */
const apart = {
  // Loopback servers and real dbt.
  adapters: { testTimeout: 120_000, hookTimeout: 120_000, globalSetup: WARM_DBT },
  // dist/main.js as the runner starts it, with real dbt.
  scenarios: { testTimeout: 180_000, hookTimeout: 180_000, globalSetup: WARM_DBT },
  // The record against the database and dbt's log, with real dbt.
  oracle: { testTimeout: 180_000, hookTimeout: 60_000, globalSetup: WARM_DBT },
  // The repository itself: layers, docs, built files.
  repository: { testTimeout: 120_000, hookTimeout: 120_000 },
  // Random claim sets by the thousand: too much for the quick loop.
  'policy/proof': { testTimeout: 30_000, hookTimeout: 30_000, isolate: false },
};

export default defineConfig({
  test: {
    // More than a small machine has cores: most of what is slow waits, for a token to end or for dbt.
    maxWorkers: 4,
    projects: [
      {
        test: {
          name: 'unit',
          // They change nothing global, so the files of a worker share what they import.
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: Object.keys(apart).map((folder) => `test/${folder}/**`),
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      ...Object.entries(apart).map(([name, options]) => ({
        test: { name, include: [`test/${name}/**/*.test.ts`], ...options },
      })),
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text', 'html'],
      thresholds: {
        // The path of trust: who it is, whether they may, and the proof of it.
        'src/{identity,policy,evidence}/**': { lines: 95, branches: 90 },
      },
    },
  },
});
