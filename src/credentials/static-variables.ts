/** Variables that are, or name, a long-lived key of a cloud or a warehouse. A closed list, by the tools that read them. */
const STATIC_VARIABLES: readonly RegExp[] = [
  /^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN|BEARER_TOKEN_\w+)$/,
  // They choose among the keys of a shared file.
  /^AWS_(PROFILE|DEFAULT_PROFILE|SHARED_CREDENTIALS_FILE)$/,
  /^GOOGLE_(APPLICATION_CREDENTIALS|CREDENTIALS|OAUTH_ACCESS_TOKEN)$/,
  /^GCLOUD_SERVICE_KEY$/,
  /^CLOUDSDK_AUTH_\w+$/,
  /^(SNOWFLAKE|SNOWSQL)_\w*(PASSWORD|PWD|PASSPHRASE|PRIVATE_KEY\w*|TOKEN|SECRET)$/,
  /^PG(PASSWORD|PASSFILE|SERVICEFILE|SSLKEY)$/,
  /^(POSTGRES|REDSHIFT)_PASSWORD$/,
  /^DATABRICKS_(TOKEN|PASSWORD|CLIENT_SECRET|AZURE_CLIENT_SECRET)$/,
  /^(AZURE|ARM)_(CLIENT_SECRET|CLIENT_CERTIFICATE_PATH|PASSWORD)$/,
  /^MOTHERDUCK_TOKEN$/i,
  // What projects call them when profiles.yml reads them; dbt's own DBT_ENV_SECRET* stand for other things, too.
  /^DBT_(?!ENV_SECRET)\w*(PASSWORD|PASSWD|PASSPHRASE|PRIVATE_KEY|SECRET_ACCESS_KEY|CLIENT_SECRET|TOKEN)$/,
];

/** Whether the variable is on the list. Case counts, as it does for the tools. */
export function isStaticVariable(name: string): boolean {
  return STATIC_VARIABLES.some((pattern) => pattern.test(name));
}
