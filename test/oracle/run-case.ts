import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Peers, passportRun, startPeers } from '../support/passport.ts';
import type { ActionResult } from '../support/runner.ts';
import { toolPath } from '../support/tools.ts';
import { type OracleCase, PROJECT } from './case.ts';
import { filesBelow, relationsByName, type World } from './database.ts';
import { type Evidence, readEvidence } from './evidence.ts';
import type { Place } from './place.ts';
import { type Program, startProgram } from './python.ts';

const run = promisify(execFile);

/** Everything is allowed: what the oracle asks is whether the record is true, not whether the rule holds. */
const COMMANDS = `build, clone, compile, deps, docs generate, ls, parse, run, run-operation, seed, show,
  snapshot, source freshness, test`;

const RULES = `
  - id: production
    repository: jaffle-shop
    environment: production
    ref: refs/heads/main
    grants: [warehouse]
    dbt:
      target: production
      commands: [${COMMANDS.replaceAll(/\s+/g, ' ')}]
      full_refresh: "true"
  - id: limited
    repository: jaffle-shop
    environment: limited
    ref: refs/heads/main
    grants: [warehouse]
    dbt:
      target: limited
      commands: [build, run]
      within: ["tag:open"]
`;

/** The example's policy up to its rules, with the database of the oracle. */
function policyOf(example: string, place: Place): string {
  const rules =
    place.clouds === undefined ? RULES : RULES.replaceAll('    dbt:', '    credentials: ambient\n    dbt:');
  const before = example.slice(0, example.indexOf('rules:'));
  return `${before.replace('path: jaffle_shop.duckdb', 'path: oracle.duckdb')}rules:${rules}`;
}

/** What a case did to the world, and what the record of it claims. */
export interface Observed {
  readonly run: ActionResult;
  readonly workspace: string;
  readonly before: World;
  readonly after: World;
  readonly evidence: Evidence;
}

export interface Bench {
  readonly place: Place;
  readonly parser: Program;
  observe(wanted: OracleCase): Promise<Observed>;
  close(): Promise<void>;
}

/** The peers and the observers that the cases of one file share. */
export async function openBench(place: Place): Promise<Bench> {
  const { clouds } = place;
  const peers = await startPeers({
    policy: (example) => policyOf(example, place),
    ...(clouds && { clouds: async () => clouds }),
  });
  const parser = startProgram(toolPath('fakesnow'), 'statements.py');
  return {
    place,
    parser,
    observe: (wanted) => observe(wanted, peers, place),
    close: async () => {
      await Promise.all([peers.close(), place.close(), parser.close()]);
    },
  };
}

async function observe(wanted: OracleCase, peers: Peers, place: Place): Promise<Observed> {
  const workspace = await mkdtemp(join(tmpdir(), 'oracle-'));
  const world = async (): Promise<World> => ({
    relations: relationsByName(await place.dump(workspace)),
    files: await filesBelow(workspace, /^oracle\.duckdb/),
  });
  try {
    await write(workspace, { ...PROJECT, ...wanted.files });
    if (wanted.state !== undefined) await makeState(workspace, wanted, wanted.state, place);
    await place.make(workspace, wanted.before ?? '');
    const before = await world();
    const ended = await passportRun(peers, workspace, {
      ...place.call,
      ...(wanted.claims && { claims: wanted.claims }),
      inputs: { ...place.call.inputs, command: debugged(wanted.command), ...wanted.inputs },
      ...(wanted.interrupt && { signal: interrupted(wanted.interrupt) }),
    });
    const after = await world();
    await ended.cleanup();
    const id = ended.outputs.get('artifact-id');
    const stored = [...peers.artifacts.artifacts.values()].find((artifact) => artifact.id === id);
    if (stored === undefined) throw new Error(`the run left no artifact\n${ended.stdout}\n${ended.stderr}`);
    return { run: ended, workspace, before, after, evidence: readEvidence(stored.bytes) };
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

/**
 * SIGINT some seconds after the output matches: dbt cancels the queries that run by then, and one that begins right
 * after that would run to its end. SIGCONT, which does nothing, is the first signal.
 */
function interrupted(after: RegExp) {
  return { name: 'SIGCONT', after, second: { name: 'SIGINT', afterMs: 4_000 } } as const;
}

/** dbt logs its SQL at this level. */
function debugged(command: string): string {
  return (
    command
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
      // A retry has the options of the line before it.
      .map((line) => (line === 'retry' ? line : `${line} --log-level-file=debug`))
      .join('\n')
  );
}

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/** The manifest of another run of the project, as someone would have kept it, in the folder `state`. */
async function makeState(
  workspace: string,
  { files }: OracleCase,
  state: NonNullable<OracleCase['state']>,
  place: Place,
): Promise<void> {
  const other = await mkdtemp(join(tmpdir(), 'oracle-state-'));
  try {
    await write(other, {
      ...PROJECT,
      ...files,
      ...state.files,
      'profiles.yml': JSON.stringify({
        passport: { target: 'other', outputs: { other: place.target(state.schema) } },
      }),
    });
    const options = ['--target-path', join(other, 'target'), '--log-path', join(other, 'logs')];
    await run(place.dbt, ['parse', '--profiles-dir', other, '--project-dir', other, ...options], {
      cwd: other,
    });
    await mkdir(join(workspace, 'state'));
    await copyFile(join(other, 'target', 'manifest.json'), join(workspace, 'state', 'manifest.json'));
  } finally {
    await rm(other, { recursive: true, force: true });
  }
}
