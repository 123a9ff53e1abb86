/** How long a credential lives, and what happens then. */
export interface Lifetime {
  /** What people call it: `AWS session`, `Snowflake login token`. */
  readonly credential: string;
  /** Seconds from issue to expiry. */
  readonly seconds: number;
  /** How a new one comes: words for the plan; null when it cannot be renewed. */
  readonly renewal: string | null;
  /** What to change so that it can be renewed, as a sentence; for the warning. */
  readonly remedy?: string;
}

/** The time that credentials have to last for. */
export interface Budget {
  /** When dbt starts. */
  readonly now: Date;
  /** What the rule lets each command of dbt take; undefined without a limit. */
  readonly maxMinutes: number | undefined;
  /** How many commands of dbt there are. */
  readonly commands: number;
  /** Until when ID tokens, and with them new credentials, can be had; see renewal-end.ts. */
  readonly renewableUntil: Date;
}

/** The plan as lines of the log: each credential, its life and renewal, then dbt's budget. None without credentials. */
export function lifetimePlan(lifetimes: readonly Lifetime[], budget: Budget): readonly string[] {
  if (lifetimes.length === 0) return [];
  const until = `until about ${shownTime(budget.renewableUntil)}`;
  const lines = lifetimes.map(({ credential, seconds, renewal }) => {
    return `${credential}: lives ${duration(seconds)}, ${renewal === null ? 'not renewed' : `${renewal}, ${until}`}`;
  });
  return [...lines, `dbt ${allowance(budget)}`].map((line) => `credentials  ${line}`);
}

/** What may end before dbt does, and what to change: to be announced before dbt starts. */
export function lifetimeWarnings(lifetimes: readonly Lifetime[], budget: Budget): readonly string[] {
  const dying = lifetimes.filter(({ renewal, seconds }) => renewal === null && allowed(budget) > seconds);
  const left = (budget.renewableUntil.getTime() - budget.now.getTime()) / 1000;
  const renewed = lifetimes.some(({ renewal }) => renewal !== null);
  const late = renewed && budget.maxMinutes !== undefined && allowed(budget) > left;
  return [...dying.map((lifetime) => outlived(lifetime, budget)), ...(late ? [endsEarly(left, budget)] : [])];
}

function outlived({ credential, seconds, remedy }: Lifetime, budget: Budget): string {
  const fact = `The ${credential} lives ${duration(seconds)} and is not renewed, and dbt ${allowance(budget)}.`;
  return [fact, remedy, shorter(seconds, budget)].filter(Boolean).join(' ');
}

function endsEarly(left: number, budget: Budget): string {
  const fact = `Credentials can be renewed until about ${shownTime(budget.renewableUntil)} only, while the job may ask for ID tokens, and dbt ${allowance(budget)}.`;
  return `${fact} ${shorter(left, budget)}`;
}

function shorter(seconds: number, { commands }: Budget): string {
  const minutes = Math.floor(seconds / 60 / commands);
  return minutes < 1
    ? 'Split the run into jobs that end sooner.'
    : `To be safe, set \`max_minutes: "${minutes}"\` or less in the rule, or split the run into jobs.`;
}

/** Seconds that dbt may take in all; without a limit, any time. */
function allowed({ maxMinutes, commands }: Budget): number {
  return maxMinutes === undefined ? Number.POSITIVE_INFINITY : maxMinutes * 60 * commands;
}

function allowance(budget: Budget): string {
  const { now, maxMinutes, commands } = budget;
  if (maxMinutes === undefined) return 'may take any time (no max_minutes in the rule)';
  const each = commands > 1 ? `, for each of ${commands} commands` : '';
  const end = new Date(now.getTime() + allowed(budget) * 1000);
  return `may take ${duration(allowed(budget))} (max_minutes: ${maxMinutes}${each}), until ${shownTime(end)}`;
}

/** `1 h 30 min`, `8 s` */
function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'min'],
    [whole % 60, 's'],
  ] as const;
  const shown = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return shown.join(' ') || '0 s';
}

function shownTime(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
