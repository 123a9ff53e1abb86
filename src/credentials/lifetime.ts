/** How long a credential lives, and what happens then. */
export interface Lifetime {
  /** What people call it: `AWS session`, `Snowflake login token`. */
  readonly credential: string;
  /** Seconds from issue to expiry. */
  readonly seconds: number;
  /** How a new one comes: words for the plan; null when it cannot be renewed. */
  readonly renewal: string | null;
}

/** The plan as lines of the log: each credential, its life, how it is renewed, and dbt's budget. */
export function lifetimePlan(
  lifetimes: readonly Lifetime[],
  maxMinutes: number | undefined,
): readonly string[] {
  return lifetimes.map(
    ({ credential, seconds, renewal }) =>
      `credentials  ${credential}: ${seconds} s, ${renewal ?? 'not renewable'}; dbt may take ${maxMinutes ?? 'any number of'} min`,
  );
}
