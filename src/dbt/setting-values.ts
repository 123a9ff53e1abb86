/** What the environment says of one of dbt's settings: from 1.11 on dbt reads each with and without `ENGINE_`. */
export function settingOf(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): string | undefined {
  const value = env[`DBT_ENGINE_${name}`] ?? env[`DBT_${name}`];
  return value === '' ? undefined : value;
}

/** Whether a setting that is a switch is on, by the words that dbt takes for yes. */
export function isSet(env: Readonly<Record<string, string | undefined>>, name: string): boolean {
  return /^(1|true|t|yes|y|on)$/i.test(settingOf(env, name) ?? '');
}
