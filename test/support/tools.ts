import { describe } from 'vitest';

/** The programs that some tests need: where `npm test` names each, and what it is called. */
const TOOLS = {
  dbt: ['DBT_PASSPORT_DBT', 'dbt with DuckDB'],
  dbt112: ['DBT_PASSPORT_DBT_112', 'dbt-core 1.12 with DuckDB'],
  dbt18: ['DBT_PASSPORT_DBT_18', 'dbt-core 1.8 with DuckDB'],
  warehouseDbt: ['DBT_PASSPORT_WAREHOUSE_DBT', 'dbt with the adapters of all warehouses'],
  moto: ['DBT_PASSPORT_MOTO', 'moto'],
  fakesnow: ['DBT_PASSPORT_FAKESNOW', 'fakesnow'],
  checks: ['DBT_PASSPORT_CHECKS', 'the packages of the static checks'],
  uv: ['DBT_PASSPORT_UV', 'uv'],
  crucible: ['DBT_PASSPORT_CRUCIBLE', 'crucible'],
  postgres: ['DBT_PASSPORT_POSTGRES', 'PostgreSQL'],
  keycloak: ['DBT_PASSPORT_KEYCLOAK', 'Keycloak'],
  chromium: ['DBT_PASSPORT_CHROMIUM', 'Chromium'],
  deck: ['DBT_PASSPORT_DECK', "decK's validator"],
} as const;

export type Tool = keyof typeof TOOLS;

/** The path of a program. Tests that may lack it stand in `describeWith`. */
export function toolPath(tool: Tool): string {
  const [variable, title] = TOOLS[tool];
  const path = process.env[variable];
  if (!path) throw new Error(`${title} is not installed (${variable}): use npm test`);
  return path;
}

/** `describe`, skipped with the reason in its title where a program is missing. */
export function describeWith(tools: readonly Tool[], title: string, body: () => void): void {
  const missing = tools.filter((tool) => !process.env[TOOLS[tool][0]]).map((tool) => TOOLS[tool][1]);
  const reason = missing.length === 0 ? '' : ` (${missing.join(', ')} not installed: use npm test)`;
  describe.skipIf(missing.length > 0)(`${title}${reason}`, body);
}

/**
 * The dbt that a scenario asks for: a warm one where the tests have it (warm-dbt.ts), else what `npm test` installs; undefined
 * where that is missing. Its tests stand in `describeWith` of that tool. A test of how dbt starts takes `toolPath`.
 */
export function dbtFor(kind: 'duckdb' | 'warehouse'): string | undefined {
  const tool = kind === 'warehouse' ? 'warehouseDbt' : 'dbt';
  return process.env[WARM[tool]] ?? process.env[TOOLS[tool][0]];
}

/** Variables for the workers of a test run: the paths of a warm dbt. */
const WARM = { dbt: 'WARM_DBT', warehouseDbt: 'WARM_WAREHOUSE_DBT' } as const;

/** Puts a warm dbt in the place of each that is installed, once in a test run. */
export async function warmedBy(start: (dbt: string) => Promise<string>): Promise<void> {
  for (const tool of ['dbt', 'warehouseDbt'] as const) {
    const path = process.env[TOOLS[tool][0]];
    if (path) process.env[WARM[tool]] ??= await start(path);
  }
}
