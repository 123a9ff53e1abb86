/**
 * Variables that profiles.yml refers to and that exist only while dbt runs. dbt keeps those that begin with
 * DBT_ENV_SECRET out of its logs.
 */
export const SNOWFLAKE_TOKEN = 'DBT_ENV_SECRET_PASSPORT_SNOWFLAKE_TOKEN';
/** The port of the login relay. */
export const SNOWFLAKE_PORT = 'DBT_PASSPORT_SNOWFLAKE_PORT';
export const DATABRICKS_TOKEN = 'DBT_ENV_SECRET_PASSPORT_DATABRICKS_TOKEN';
