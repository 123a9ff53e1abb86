import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { leaks } from '../support/leaks.ts';
import {
  type CloudPeers,
  checkout,
  type PassportCall,
  type Peers,
  type Project,
  passportRun,
  type Setting,
  startPeers,
} from '../support/passport.ts';
import { processesOf } from '../support/processes.ts';
import { type ActionResult, leftovers, runPost } from '../support/runner.ts';
import { dbtFor } from '../support/tools.ts';
import { lateMasks, watchFirstUse } from './first-use.ts';

/** Scenarios that run dbt need the one that `npm test` installs. */
export const REAL_DBT = process.env['DBT_PASSPORT_DBT'] !== undefined;
export const NO_DBT = 'real dbt is not installed: use npm test';
/** Inputs for a dbt that is started anew, as users start it, where a warm one would not show what is there. */
export const ANEW = { dbt: process.env['DBT_PASSPORT_DBT'] ?? '' };

export interface SceneSetting<C extends CloudPeers> extends Setting<C> {
  /** `warehouse`: the dbt with all adapters; to be used inside `describeWith(['warehouseDbt', …])`. */
  readonly dbt?: 'duckdb' | 'warehouse';
  /** `example` when not given. */
  readonly project?: Project;
  /** How long the peers and the checkout live: `test` when not given; `describe` for runs that several tests look at. */
  readonly lives?: 'test' | 'describe';
}

export interface Stage<C extends CloudPeers> {
  readonly peers: Peers<C>;
  /** What `clouds` of the setting started for this test. */
  readonly clouds: C;
  /** The checkout. */
  readonly workspace: string;
  /** Runs the main step, then the post step, and holds every run to what must be true of all. */
  run(call?: PassportCall): Promise<ActionResult>;
  /** The post step of the last run. */
  post(): ActionResult;
}

/** Peers and a checkout for each test, or for all tests of the `describe` in which it stands. */
export function stage<C extends CloudPeers>(setting: SceneSetting<C> = {}): Stage<C> {
  let peers: Peers<C> | undefined;
  let project: Awaited<ReturnType<typeof checkout>> | undefined;
  const runs: ActionResult[] = [];
  let post: ActionResult | undefined;
  const [before, after] = setting.lives === 'describe' ? [beforeAll, afterAll] : [beforeEach, afterEach];
  before(async () => {
    peers = await startPeers(setting);
    project = await checkout(setting.project);
  });
  after(async () => {
    await Promise.all(runs.splice(0).map((run) => run.cleanup()));
    await peers?.close();
    await project?.remove();
  });
  const current = () => {
    if (peers === undefined || project === undefined) throw new Error('no test is running');
    return { peers, workspace: project.path };
  };
  const warehouseDbt = setting.dbt === 'warehouse' ? dbtFor('warehouse') : undefined;
  return {
    get peers() {
      return current().peers;
    },
    get clouds() {
      const { clouds } = current().peers;
      if (clouds === undefined) throw new Error('the setting of this stage has no clouds');
      return clouds;
    },
    get workspace() {
      return current().workspace;
    },
    async run(call) {
      const { peers, workspace } = current();
      const lines: string[] = [];
      const unmasked = watchFirstUse(peers, lines);
      const inputs = { ...(warehouseDbt && { dbt: warehouseDbt }), ...call?.inputs };
      const onLine = (line: string) => {
        lines.push(line);
        call?.onLine?.(line);
      };
      const main = await passportRun(peers, workspace, { ...call, inputs, onLine });
      runs.push(main);
      expect(unmasked, 'secrets that were used before they were masked').toEqual([]);
      expect(lateMasks(main), 'inputs that were masked only after the log began').toEqual([]);
      post = await holdsAlways(peers, main);
      return main;
    },
    post() {
      if (post === undefined) throw new Error('nothing ran');
      return post;
    },
  };
}

async function holdsAlways(peers: Peers, main: ActionResult): Promise<ActionResult> {
  // When it was killed, what it had in use is still in its private folder, for the post step to remove.
  const inUse = (place: string) =>
    main.signal !== null && place.startsWith(`${main.runnerTemp}/dbt-passport-`);
  const places = await leaks(peers, main);
  expect(
    places.filter((place) => !inUse(place)),
    'places that hold a secret',
  ).toEqual([]);
  expect(main.envFile, 'GITHUB_ENV').toBe('');
  expect(main.pathFile, 'GITHUB_PATH').toBe('');
  const post = await runPost(main);
  expect(post.exitCode, post.stdout).toBe(0);
  expect(await leaks(peers, post, main), 'places that hold a secret after post').toEqual([]);
  // Not `expect.poll`: a run may stand in a `beforeAll`.
  await vi.waitFor(
    async () => expect(await processesOf(main.runnerTemp), 'processes that outlive the job').toEqual([]),
    { timeout: 20_000 },
  );
  // dbt whose parent was killed may write until it ends, and then removes that itself.
  expect(
    main.signal === null ? post.leftovers : await leftovers(dirname(main.runnerTemp)),
    'what is left after post',
  ).toEqual([]);
  if (main.signal === null) expect(post.log.annotations, 'complaints of post').toEqual([]);
  return post;
}
