/**
 * dbt's own settings as variables: what each does when the environment of the job has it. dbt reads a setting
 * as `DBT_X`, and since 1.10 as `DBT_ENGINE_X` too; names here are without the prefix. The list is closed for
 * dbt 1.8 to 1.12 and the adapters: a test holds it against what they read. Any other `DBT_…` is the project's own.
 * Source: cli/params.py and env_vars.py of dbt-core.
 */
export interface DbtSetting {
  /**
   * passes: it changes nothing but speed or what the screen shows, and the record has it. dropped: dbt-passport
   * decides it, or it is for the makers of dbt. refused: it changes what dbt does to data or what it calls good,
   * so it has to stand in `command`, where the plan and the record see it.
   */
  readonly fate: 'passes' | 'dropped' | 'refused';
  readonly because: string;
  /** Where to write it instead. */
  readonly option?: string;
  /** dbt's default where it is not off: this value asks for nothing, so it is only dropped. */
  readonly byDefault?: string;
}

const SCREEN = 'it changes only what dbt shows';
const SPEED = 'it changes only how fast dbt is';

const PASSES: Readonly<Record<string, string>> = {
  CACHE_SELECTED_ONLY: SPEED,
  DEBUG: SCREEN,
  HINTS_ENABLED: SCREEN,
  HTTP_TIMEOUT: 'it is the seconds that deps waits for an answer',
  INVOCATION_ENV: "it is a word in dbt's statistics of its own use",
  LOG_CACHE_EVENTS: SCREEN,
  LOG_LEVEL: `${SCREEN}; the log in the evidence has a level of its own`,
  NO_PRINT: SCREEN,
  PARTIAL_PARSE: `${SPEED}: the folder of parsed files is new in each run`,
  POPULATE_CACHE: SPEED,
  PRINT: SCREEN,
  PRINTER_WIDTH: SCREEN,
  QUIET: SCREEN,
  SEND_ANONYMOUS_USAGE_STATS: "dbt's statistics of its own use hold no code and no data",
  SHOW_RESOURCE_REPORT: SCREEN,
  SINGLE_THREADED: SPEED,
  USE_COLORS: SCREEN,
  USE_COLORS_FILE: SCREEN,
};

const RULE = "the policy's rule decides the warehouse and the target";
const FOLDER = 'dbt-passport keeps its folders private';
const LOG = 'the log is part of the evidence';
const AWAY = 'nothing leaves the job but the evidence';
const MAKERS = 'it is for the tests of dbt itself';
const DRIVER = 'it makes a driver write into the log what may hold a token';

const DROPPED: Readonly<Record<string, string>> = {
  PROFILES_DIR: RULE,
  PROFILE: RULE,
  TARGET: RULE,
  PROJECT_DIR: 'the input `project-dir` names the project',
  TARGET_PATH: FOLDER,
  LOG_PATH: FOLDER,
  LOG_FORMAT: LOG,
  LOG_FORMAT_FILE: LOG,
  LOG_LEVEL_FILE: `${LOG}; --log-level-file in \`command\` can ask for more of it`,
  LOG_FILE_MAX_BYTES: LOG,
  ENABLE_LEGACY_LOGGER: LOG,
  WRITE_JSON: 'the evidence is made from these files',
  PARTIAL_PARSE_FILE_PATH: 'the project is parsed afresh, so that what was checked is what runs',
  PARTIAL_PARSE_FILE_DIFF: 'the project is parsed afresh, so that what was checked is what runs',
  RECORD_TIMING_INFO: 'it writes a file anywhere',
  MACRO_DEBUGGING: 'it writes files; --macro-debugging in `command` does the same',
  CLEAN_PROJECT_FILES_ONLY: 'it is for a command that cannot be asked for here',
  HOST: 'it is for a command that cannot be asked for here',
  UPLOAD_TO_ARTIFACTS_INGEST_API: AWAY,
  SNOWFLAKE_PROJECTS_OTEL: AWAY,
  PACKAGE_HUB_URL: 'it makes packages come from another host',
  DOWNLOAD_DIR: FOLDER,
  DOWNLOADS_DIR: FOLDER,
  USE_V2_PARSER: 'it starts another program in the place of dbt',
  V2_PARSER: 'it names a program that dbt starts',
  REPLAY: 'it makes dbt repeat a recording in the place of a run',
  RECORDED_FILE_PATH: 'it makes dbt repeat a recording in the place of a run',
  PP_TEST: MAKERS,
  PP_FILE_DIFF_TEST: MAKERS,
  TEST_STATE_MODIFIED: MAKERS,
  TEST_SINGLE_THREADED: MAKERS,
  TEST_BINARY_SERIALIZATION: MAKERS,
  SNOWFLAKE_CONNECTOR_DEBUG_LOGGING: DRIVER,
  REDSHIFT_CONNECTOR_DEBUG_LOGGING: DRIVER,
  BOTOCORE_DEBUG_LOGGING: DRIVER,
  GOOGLE_DEBUG_LOGGING: DRIVER,
  HTTP_DEBUG_LOGGING: DRIVER,
  WERKZEUG_DEBUG_LOGGING: DRIVER,
  DATABRICKS_CONNECTOR_LOG_LEVEL: DRIVER,
  DATABRICKS_HTTP_SESSION_HEADERS: 'it adds headers to the requests to the warehouse',
  DATABRICKS_INVOCATION_ENV: 'it changes how the warehouse sees the client',
  DESCRIBE_TABLE_2048_CHAR_BYPASS: 'it changes how dbt-databricks reads tables',
};

/** By prefix: dbt keeps them for itself, and some of them make it replay a recording in the place of a run. */
const RESERVED = /^DBT_((ENGINE_)?RECORDER_|ENGINE($|_)|ENV_PRIVATE($|_))/;

type Asked = Pick<DbtSetting, 'option' | 'byDefault'>;
const REFUSED: Readonly<Record<string, Asked>> = {
  EMPTY: { option: '--empty' },
  SAMPLE: { option: '--sample' },
  EVENT_TIME_START: { option: '--event-time-start' },
  EVENT_TIME_END: { option: '--event-time-end' },
  FULL_REFRESH: { option: '--full-refresh' },
  DEFER: { option: '--defer' },
  DEFER_TO_STATE: { option: '--defer' },
  DEFER_STATE: { option: '--defer-state' },
  FAVOR_STATE: { option: '--favor-state' },
  FAVOR_STATE_MODE: { option: '--favor-state' },
  STATE: { option: '--state' },
  ARTIFACT_STATE_PATH: { option: '--state' },
  RESOURCE_TYPES: { option: '--resource-type' },
  EXCLUDE_RESOURCE_TYPES: { option: '--exclude-resource-type' },
  INDIRECT_SELECTION: { option: '--indirect-selection', byDefault: 'eager' },
  STORE_FAILURES: { option: '--store-failures' },
  FAIL_FAST: { option: '--fail-fast' },
  WARN_ERROR: { option: '--warn-error' },
  WARN_ERROR_OPTIONS: { option: '--warn-error-options' },
  VERSION_CHECK: { option: '--no-version-check', byDefault: 'true' },
  INTROSPECT: { option: '--no-introspect', byDefault: 'true' },
  STATIC_PARSER: { option: '--no-static-parser', byDefault: 'true' },
  USE_EXPERIMENTAL_PARSER: { option: '--use-experimental-parser' },
  USE_FAST_TEST_EDGES: { option: '--use-fast-test-edges' },
  EXPORT_SAVED_QUERIES: { option: '--export-saved-queries' },
  INCLUDE_SAVED_QUERY: { option: '--include-saved-query' },
  MAXIMUM_SEED_SIZE_MIB: { option: '--maximum-seed-size-mib' },
  SQLPARSE: { option: '--sqlparse' },
};

const SETTINGS: ReadonlyMap<string, DbtSetting> = new Map<string, DbtSetting>([
  ...Object.entries(PASSES).map(([name, because]): [string, DbtSetting] => [
    name,
    { fate: 'passes', because },
  ]),
  ...Object.entries(DROPPED).map(([name, because]): [string, DbtSetting] => [
    name,
    { fate: 'dropped', because },
  ]),
  ...Object.entries(REFUSED).map(([name, asked]): [string, DbtSetting] => [
    name,
    { fate: 'refused', because: 'it changes what dbt does', ...asked },
  ]),
]);

/** Every setting by its name without `DBT_`, sorted. */
export const SETTING_NAMES: readonly string[] = [...SETTINGS.keys()].sort();

/** The setting that a variable is for dbt; null when it is none, but the project's own or of another program. */
export function settingOf(variable: string): DbtSetting | null {
  const [, name = ''] = /^DBT_(?:ENGINE_)?(.+)$/.exec(variable) ?? [];
  const known = SETTINGS.get(name);
  if (known !== undefined) return known;
  if (!RESERVED.test(variable)) return null;
  return { fate: 'dropped', because: 'dbt keeps names of this kind for itself' };
}

/** The same setting among the `flags` of a project or of a user, where names are `full_refresh`. */
export function settingOfFlag(flag: string): DbtSetting | null {
  return SETTINGS.get(flag.toUpperCase()) ?? null;
}

/** Whether the value asks for what dbt does without it. */
export function asksNothing({ byDefault = 'false' }: DbtSetting, value: string): boolean {
  return value.trim() === '' || words(byDefault).includes(value.trim().toLowerCase());
}

/** The words that dbt takes for the same. */
function words(value: string): readonly string[] {
  if (value === 'false') return ['0', 'false', 'f', 'no', 'n', 'off'];
  return value === 'true' ? ['1', 'true', 't', 'yes', 'y', 'on'] : [value];
}
