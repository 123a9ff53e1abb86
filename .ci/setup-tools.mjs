// What the scripts can ask for. A tool names the variables in which a script finds its programs.
import { buildDeck } from './setup-deck.mjs';
import { installKeycloak } from './setup-keycloak.mjs';
import { findChromium, findPostgres } from './setup-machine.mjs';
import { installPythonTool } from './setup-python.mjs';

/** Each gives its variables with paths; none when the machine cannot have it. */
export const TOOLS = {
  dbt: python('examples/jaffle-shop/requirements.txt', { DBT_PASSPORT_DBT: 'dbt' }),
  uv: python('.ci/uv-requirements.txt', { DBT_PASSPORT_UV: 'uv' }),
  checks: python(
    '.ci/requirements.txt',
    { DBT_PASSPORT_ZIZMOR: 'zizmor', DBT_PASSPORT_CHECKS: 'python' },
    { minor: 11, optional: true },
  ),
  // The oldest and the newest dbt that are supported, with DuckDB.
  dbt18: python(
    'test/support/requirements-dbt-18.txt',
    { DBT_PASSPORT_DBT_18: 'dbt' },
    { overrides: 'test/support/overrides-dbt-18.txt' },
  ),
  dbt112: python(
    'test/support/requirements-dbt-112.txt',
    { DBT_PASSPORT_DBT_112: 'dbt' },
    { overrides: 'test/support/overrides-dbt-112.txt' },
  ),
  warehouses: python('test/support/requirements-warehouses.txt', { DBT_PASSPORT_WAREHOUSE_DBT: 'dbt' }),
  peers: python(
    'test/support/requirements-peers.txt',
    { DBT_PASSPORT_FAKESNOW: 'fakesnow', DBT_PASSPORT_MOTO: 'moto_server' },
    { minor: 11, optional: true },
  ),
  crucible: python(
    'test/support/requirements-crucible.txt',
    { DBT_PASSPORT_CRUCIBLE: 'crucible' },
    { minor: 11, optional: true },
  ),
  postgres: { variables: ['DBT_PASSPORT_POSTGRES'], install: findPostgres },
  chromium: { variables: ['DBT_PASSPORT_CHROMIUM'], install: findChromium },
  keycloak: { variables: ['DBT_PASSPORT_KEYCLOAK'], install: installKeycloak },
  deck: { variables: ['DBT_PASSPORT_DECK'], install: buildDeck },
};

/**
 * Programs of a lock, for Python 3.10 or the given minor version and later. `overrides`: what the lock has in the place of
 * what its packages ask for, where that has no wheels.
 */
function python(lock, programs, { minor = 10, optional = false, overrides } = {}) {
  const tool = { lock, programs, minor, optional, overrides };
  return {
    ...{ lock, minor, overrides, variables: Object.keys(programs) },
    install: (name) => installPythonTool(name, tool),
  };
}

/** The newest Python that the locks are made for: 3.13. */
export const NEWEST_MINOR = 13;

/** Every lock of Python packages, with the minor version of the oldest Python that it is for. */
export const LOCKS = Object.entries(TOOLS).flatMap(([name, { lock, minor, overrides, variables }]) =>
  lock === undefined ? [] : [{ name, lock, minor, overrides, variable: variables[0] }],
);
