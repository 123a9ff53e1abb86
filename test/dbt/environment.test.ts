import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { childEnvironment } from '../../src/dbt/environment.ts';

/** Without those that are always there. */
const names = (parent: readonly string[], allow: readonly string[] = []) =>
  Object.keys(
    childEnvironment(Object.fromEntries(parent.map((name) => [name, 'v'])), { allow, stamps: {} }).env,
  ).filter((name) => !/^no_proxy$/i.test(name));

const NEVER = [
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_URL',
  'ACTIONS_RUNTIME_TOKEN',
  'INPUT_POLICY',
  'INPUT_SIGNING-KEY',
  'STATE_folder',
  'GITHUB_TOKEN',
  'GITHUB_ENV',
  'GITHUB_OUTPUT',
  'GITHUB_STATE',
  'GITHUB_PATH',
  'GITHUB_STEP_SUMMARY',
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'DYLD_INSERT_LIBRARIES',
  'BASH_ENV',
  'DBT_PROFILES_DIR',
  'DBT_ENGINE_PROFILES_DIR',
  'DBT_PROJECT_DIR',
  'DBT_TARGET',
  'DBT_PROFILE',
  'DBT_TARGET_PATH',
  'DBT_LOG_PATH',
  'DBT_WRITE_JSON',
  'DBT_HOST',
  'DBT_PASSPORT_DUCKDB_PLUGINS',
  'DBT_UPLOAD_TO_ARTIFACTS_INGEST_API',
];
const UNLESS_ALLOWED = [
  'AWS_ACCESS_KEY_ID',
  'AWS_ENDPOINT_URL_STS',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'SNOWFLAKE_PASSWORD',
  'SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES',
  'HTTPS_PROXY',
  'https_proxy',
  'NODE_OPTIONS',
  'PYTHONPATH',
  'PYTHONSTARTUP',
  'REQUESTS_CA_BUNDLE',
  'DBT_ENV_SECRET_PASSWORD',
  'DBT_CLOUD_TOKEN',
  'GITHUB_SHA',
  'RUNNER_TEMP',
  'PGPASSWORD',
];
const PASSES = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'TERM',
  'USER',
  'VIRTUAL_ENV',
  'DBT_SCHEMA',
  'DBT_LOG_LEVEL',
];

describe('D02 childEnvironment', () => {
  it.each(NEVER)('never passes %s on, even if a rule names it', (name) => {
    expect(names([name], [name])).toEqual([]);
  });

  it.each(UNLESS_ALLOWED)('passes %s on only if a rule names it', (name) => {
    expect(names([name])).toEqual([]);
    expect(names([name], [name])).toEqual([name]);
  });

  it.each(PASSES)('passes %s on', (name) => {
    expect(names([name])).toEqual([name]);
  });

  it('leaves out what the rule does not name, and lets the stamps win', () => {
    const parent = {
      PATH: '/bin',
      ZED: 'secret',
      AWS_REGION: 'x',
      UNSET: undefined,
      DBT_ENV_CUSTOM_ENV_ACTOR: 'forged',
    };
    const result = childEnvironment(parent, { allow: [], stamps: { DBT_ENV_CUSTOM_ENV_ACTOR: 'octocat' } });
    expect(result).toEqual({
      env: {
        ...{ PATH: '/bin', DBT_ENV_CUSTOM_ENV_ACTOR: 'octocat' },
        ...{ NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' },
      },
      fact: { settings: [], dropped: [], variables: [] },
      secrets: [],
    });
  });

  it('FF-A18 tells settings, what it kept from dbt, and what the project can read; values of settings alone', () => {
    const parent = {
      ...{
        PATH: '/bin',
        LC_ALL: 'C',
        DBT_ENGINE_DEBUG: 'true',
        DBT_TARGET: 'prod',
        DBT_RECORDER_MODE: 'replay',
      },
      ...{
        DBT_FULL_REFRESH: 'False',
        DBT_SCHEMA: 'mine',
        REGION: 'eu',
        DBT_ENV_SECRET_KEY: 'hush',
        GITHUB_SHA: '1',
      },
    };
    const allow = ['REGION', 'DBT_ENV_SECRET_KEY', 'DBT_TARGET'];
    const { env, fact } = childEnvironment(parent, {
      allow,
      stamps: { DBT_ENV_CUSTOM_ENV_ACTOR: 'octocat' },
    });
    expect(fact).toEqual({
      settings: [{ name: 'DBT_ENGINE_DEBUG', value: 'true', source: 'environment' }],
      dropped: ['DBT_FULL_REFRESH', 'DBT_RECORDER_MODE', 'DBT_TARGET'],
      variables: ['DBT_ENV_SECRET_KEY', 'DBT_SCHEMA', 'REGION'],
    });
    expect(Object.keys(env)).toEqual(expect.arrayContaining([...fact.variables, 'DBT_ENGINE_DEBUG']));
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining([...fact.dropped]));
  });

  it.each([
    ['DBT_EMPTY', 'true', '--empty'],
    ['DBT_ENGINE_EMPTY', '1', '--empty'],
    ['DBT_ENGINE_FULL_REFRESH', 'yes', '--full-refresh'],
    ['DBT_STATE', 'state', '--state'],
    ['DBT_DEFER_TO_STATE', 'true', '--defer'],
    ['DBT_WARN_ERROR_OPTIONS', '{"include": "all"}', '--warn-error-options'],
    ['DBT_INDIRECT_SELECTION', 'empty', '--indirect-selection'],
    ['DBT_STATIC_PARSER', 'false', '--no-static-parser'],
    ['DBT_SAMPLE', '3 days', '--sample'],
    ['DBT_ENGINE_MAXIMUM_SEED_SIZE_MIB', '1', '--maximum-seed-size-mib'],
  ])('FF-A18 refuses %s=%s, even if a rule names it, and says to write %s', (name, value, option) => {
    const refused = () => childEnvironment({ [name]: value }, { allow: [name], stamps: {} });
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'ERR_ENVIRONMENT_UNSAFE',
        message: expect.stringContaining(name),
        hint: expect.stringContaining(`${option} into`),
      }),
    );
  });

  it.each([
    ['DBT_EMPTY', 'false'],
    ['DBT_ENGINE_DEFER', 'off'],
    ['DBT_STATE', ''],
    ['DBT_INDIRECT_SELECTION', 'eager'],
    ['DBT_INTROSPECT', 'TRUE'],
  ])('FF-A18 keeps %s=%s from dbt and goes on, since it asks for what dbt does anyway', (name, value) => {
    const { env, fact } = childEnvironment({ [name]: value }, { allow: [name], stamps: {} });
    expect(env).not.toHaveProperty(name);
    expect(fact.dropped).toEqual([name]);
  });

  it.each([
    [{}, '127.0.0.1'],
    [{ NO_PROXY: 'a.corp, b.corp', no_proxy: 'c.corp' }, 'a.corp,b.corp,c.corp,127.0.0.1'],
    [{ no_proxy: '127.0.0.1,a.corp' }, '127.0.0.1,a.corp'],
    [{ NO_PROXY: '*' }, '*'],
  ])('E10: lets no proxy have what goes to broker and relay: %j', (parent, direct) => {
    const proxied = { ...parent, HTTP_PROXY: 'http://proxy:1', https_proxy: 'http://proxy:1' };
    const { env } = childEnvironment(proxied, { allow: Object.keys(proxied), stamps: {} });
    expect(env).toEqual({ ...proxied, NO_PROXY: direct, no_proxy: direct });
  });

  it('E10: takes exceptions from a proxy only when a rule names them', () => {
    const { env } = childEnvironment({ NO_PROXY: 'warehouse.corp' }, { allow: [], stamps: {} });
    expect(env).toEqual({ NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' });
  });

  it('property: nothing passes that is neither on the list nor named by the rule', () => {
    const name = fc.oneof(
      fc.string(),
      fc.constantFrom(...NEVER, ...UNLESS_ALLOWED, ...PASSES, '__proto__', 'constructor'),
    );
    fc.assert(
      fc.property(fc.array(name), fc.array(name), (parent, allow) => {
        for (const passed of names(parent, allow)) {
          expect(NEVER).not.toContain(passed);
          expect(
            PASSES.includes(passed) ||
              /^(DBT|LC)_|^(LOGNAME|SHELL|LANGUAGE|NO_COLOR|CI)$/.test(passed) ||
              allow.includes(passed),
          ).toBe(true);
        }
      }),
    );
  });
});
