/** Whether every case is to run, and the slow ones at full length: `npm run test:full`, and what CI runs. */
export const LONG = process.env['DBT_PASSPORT_LONG_RUNS'] === 'true';

/** For the title of a test that is skipped otherwise. */
export const NOT_LONG = 'only with DBT_PASSPORT_LONG_RUNS=true';

/** How many times as many random inputs a property then gets. */
export const TIMES = LONG ? 3 : 1;
