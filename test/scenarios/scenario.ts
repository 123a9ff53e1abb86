import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect } from 'vitest';
import { leaks } from '../support/leaks.ts';
import { checkout, type PassportCall, type Peers, passportRun, startPeers } from '../support/passport.ts';
import { type ActionResult, runPost } from '../support/runner.ts';

/** Scenarios that run dbt need the one that `npm test` installs. */
export const REAL_DBT = process.env['DBT_PASSPORT_DBT'] !== undefined;
export const NO_DBT = 'real dbt is not installed: use npm test';

export interface Stage {
  readonly peers: Peers;
  /** The checkout. */
  readonly workspace: string;
  /** Runs the main step, then the post step, and holds every run to what must be true of all. */
  run(call?: PassportCall): Promise<ActionResult>;
  /** The post step of the last run. */
  post(): ActionResult;
}

/** Peers and a checkout for each test of a file; `change` is applied to the example's policy. */
export function stage(change?: (policy: string) => string): Stage {
  let peers: Peers | undefined;
  let project: Awaited<ReturnType<typeof checkout>> | undefined;
  const runs: ActionResult[] = [];
  let post: ActionResult | undefined;
  beforeEach(async () => {
    peers = await startPeers(change);
    project = await checkout();
  });
  afterEach(async () => {
    await Promise.all(runs.splice(0).map((run) => run.cleanup()));
    await peers?.close();
    await project?.remove();
  });
  const current = () => {
    if (peers === undefined || project === undefined) throw new Error('no test is running');
    return { peers, workspace: project.path };
  };
  return {
    get peers() {
      return current().peers;
    },
    get workspace() {
      return current().workspace;
    },
    async run(call) {
      const { peers, workspace } = current();
      const lines: string[] = [];
      const unmasked = watchFirstUse(peers, lines);
      const main = await passportRun(peers, workspace, { ...call, onLine: (line) => lines.push(line) });
      runs.push(main);
      expect(unmasked, 'tokens that were used before they were masked').toEqual([]);
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

/**
 * The first use of a token is the request for the keys that prove it. While that request waits, the mask
 * must have been printed already. Returns the list in which offending tokens are put by number.
 */
function watchFirstUse(peers: Peers, lines: readonly string[]): number[] {
  const unmasked: number[] = [];
  peers.issuer.before('/.well-known/jwks', async () => {
    await sleep(250);
    const at = peers.issuer.issued.length - 1;
    if (!lines.includes(`::add-mask::${peers.issuer.issued[at]}`)) unmasked.push(at);
  });
  return unmasked;
}

/** The secret inputs must be masked before the first line that a person reads. Returns the lines of them that were not. */
function lateMasks({ call, stdout }: ActionResult): readonly string[] {
  const lines = stdout.split('\n');
  const first = lines.findIndex((line) => !line.startsWith('::add-mask::'));
  const masked = new Set(lines.slice(0, first).map((line) => line.slice('::add-mask::'.length)));
  const secrets = `${call.token}\n${call.inputs?.['signing-key']}`.split('\n');
  return secrets.filter((line) => line.length >= 8 && !line.startsWith('-----') && !masked.has(line));
}

async function holdsAlways(peers: Peers, main: ActionResult): Promise<ActionResult> {
  expect(await leaks(peers, main), 'places that hold a secret').toEqual([]);
  expect(main.envFile, 'GITHUB_ENV').toBe('');
  expect(main.pathFile, 'GITHUB_PATH').toBe('');
  const post = await runPost(main);
  expect(post.exitCode, post.stdout).toBe(0);
  expect(post.leftovers, 'what is left after post').toEqual([]);
  expect(await leaks(peers, post), 'places that hold a secret after post').toEqual([]);
  if (main.signal === null) expect(post.log.annotations, 'complaints of post').toEqual([]);
  return post;
}
