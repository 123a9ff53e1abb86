import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Budget,
  type Lifetime,
  lifetimePlan,
  lifetimeWarnings,
} from '../../src/credentials/lifetime.ts';

const NOW = new Date('2026-11-22T08:30:00Z');
const SIX_HOURS = new Date('2026-11-22T14:30:00Z');

const AWS = { credential: 'AWS session', seconds: 3600, renewal: 'renewed by the broker' };
const PASSWORD = { ...AWS, renewal: 'rewritten in the password file at half of its life' };
const SNOWFLAKE_TOKEN = {
  credential: 'Snowflake login token',
  seconds: 300,
  renewal: null,
  remedy: 'With `login: relay` in the grant each login gets a token of its own.',
};
const SNOWFLAKE_RELAY = { ...SNOWFLAKE_TOKEN, renewal: 'a fresh one at each login' };
const OAUTH = { credential: 'Snowflake access token', seconds: 3599, renewal: null };
const GOOGLE = { credential: 'Google access token', seconds: 3600, renewal: 'renewed by the broker' };
const DATABRICKS = { credential: 'Databricks access token', seconds: 3600, renewal: null };

const ROUTES: Readonly<Record<string, readonly Lifetime[]>> = {
  'duckdb without S3': [],
  'duckdb with S3, athena, redshift, snowflake by an AWS role': [AWS],
  'postgres with the password of RDS': [AWS, PASSWORD],
  'bigquery with a service account': [GOOGLE],
  'bigquery as the federated principal': [{ ...GOOGLE, seconds: 300 }],
  'snowflake, relay': [SNOWFLAKE_RELAY],
  'snowflake, token': [SNOWFLAKE_TOKEN],
  'snowflake, oauth': [OAUTH],
  databricks: [DATABRICKS],
};

const shown = (lifetimes: readonly Lifetime[], maxMinutes: number | undefined): string => {
  const budget: Budget = { now: NOW, maxMinutes, commands: 1, renewableUntil: SIX_HOURS };
  const warnings = lifetimeWarnings(lifetimes, budget).map((line) => `  ! ${line}`);
  return [...lifetimePlan(lifetimes, budget).map((line) => `    ${line}`), ...warnings].join('\n');
};

describe('lifetimePlan and lifetimeWarnings', () => {
  it('read as in the golden file, for each route and budget', async () => {
    const text = Object.entries(ROUTES).map(([route, lifetimes]) =>
      [undefined, 4, 480]
        .map((minutes) => `${route}; max_minutes: ${minutes ?? 'none'}\n${shown(lifetimes, minutes)}`.trim())
        .join('\n'),
    );
    await expect(`${text.join('\n\n')}\n`).toMatchFileSnapshot('golden/lifetime-plan.txt');
  });

  it('count each command, since the limit is for one', () => {
    const budget = { now: NOW, maxMinutes: 45, commands: 2, renewableUntil: SIX_HOURS };
    expect(lifetimePlan([DATABRICKS], budget).at(-1)).toBe(
      'credentials  dbt may take 1 h 30 min (max_minutes: 45, for each of 2 commands), until 2026-11-22 10:00 UTC',
    );
    expect(lifetimeWarnings([DATABRICKS], budget)).toEqual([expect.stringContaining('`max_minutes: "30"`')]);
  });

  it('warn of exactly what cannot be renewed and may be outlived', () => {
    const lifetime = fc.record({
      credential: fc.constant('session'),
      seconds: fc.integer({ min: 1, max: 100_000 }),
      renewal: fc.constantFrom(null, 'renewed'),
    });
    const minutes = fc.option(fc.integer({ min: 1, max: 2_000 }), { nil: undefined });
    fc.assert(
      fc.property(
        fc.array(lifetime, { maxLength: 4 }),
        minutes,
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer({ min: 1, max: 4 }),
        (all, maxMinutes, left, commands) => {
          const renewableUntil = new Date(NOW.getTime() + left * 1000);
          const seconds = maxMinutes === undefined ? Number.POSITIVE_INFINITY : maxMinutes * 60 * commands;
          const dying = all.filter((one) => one.renewal === null && seconds > one.seconds).length;
          const renewed = all.some((one) => one.renewal !== null);
          const late = renewed && maxMinutes !== undefined && seconds > left ? 1 : 0;
          const budget = { now: NOW, maxMinutes, commands, renewableUntil };
          expect(lifetimeWarnings(all, budget)).toHaveLength(dying + late);
          expect(lifetimePlan(all, budget)).toHaveLength(all.length === 0 ? 0 : all.length + 1);
        },
      ),
    );
  });

  it('advise a limit that brings no warning any more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 300, max: 100_000 }),
        fc.integer({ min: 1, max: 4 }),
        (seconds, commands) => {
          const budget = { now: NOW, maxMinutes: undefined, commands, renewableUntil: SIX_HOURS };
          const [warning = ''] = lifetimeWarnings([{ credential: 'x', seconds, renewal: null }], budget);
          const advised = Number(/max_minutes: "([0-9]+)"/.exec(warning)?.[1]);
          const then = { ...budget, maxMinutes: advised };
          expect(lifetimeWarnings([{ credential: 'x', seconds, renewal: null }], then)).toEqual([]);
        },
      ),
    );
  });
});
