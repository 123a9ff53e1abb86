import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from '../../src/dbt/read-artifacts.ts';
import type { DbtRunPredicate } from '../../src/evidence/predicate.ts';
import { eventFaults } from '../support/openlineage-schema.ts';
import type { ActionResult } from '../support/runner.ts';
import { startSigstore } from '../support/sigstore.ts';
import { LIMITS, outside } from './rule-limits.ts';
import { ANEW, NO_DBT, REAL_DBT, stage } from './scenario.ts';
import { predicateOf, type Reviewed, verifyArtifact } from './verify-artifact.ts';

const COMMANDS = [
  'deps',
  'parse',
  'seed',
  'run',
  'snapshot',
  'test',
  'source freshness',
  'compile',
  'docs generate',
  'show',
  'build',
];

/** Asked for with these arguments. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  show: 'show --select raw_orders stg_orders',
  build: 'build --select raw_products+',
};

/** The numbers of dbt's last line, as dbt itself logged it; null when it printed none. */
function lastLine(log: string): string | null {
  const lines = log.split('\n').filter((line) => line.startsWith('{'));
  const done = lines.map((line) => JSON.parse(line).info).filter(({ name }) => name === 'StatsLine');
  return done.at(-1)?.msg ?? null;
}

const logOf = (names: readonly string[], index: number) =>
  names.find((name) => name.startsWith(`dbt/${index + 1}-`) && name.endsWith('/dbt.log')) ?? '';

/** The same line from the record. */
function recordedLine({ nodes }: NonNullable<DbtRunPredicate['dbt']>['invocations'][number]): string {
  const { succeeded, warned, failed, skipped, noOp = [], reused = [] } = nodes;
  const groups = { PASS: succeeded, WARN: warned, ERROR: failed, SKIP: skipped, 'NO-OP': noOp };
  const total = [...Object.values(groups), reused].flat().length;
  return `Done. ${Object.entries(groups)
    .map(([name, ids]) => `${name}=${ids.length}`)
    .join(' ')} TOTAL=${total}`;
}

describe.skipIf(!REAL_DBT)(`an allowed run with real dbt${REAL_DBT ? '' : ` (${NO_DBT})`}`, () => {
  const scene = stage({
    lives: 'describe',
    policy: (policy) => policy.replace(/commands: \[build.*docs.*\]/, `commands: [${COMMANDS.join(', ')}]`),
  });
  let run: ActionResult;
  let artifact: Reviewed;
  beforeAll(async () => {
    const commands = [
      '::set-output name=decision::hacked',
      'x ##[save-state name=finished]no',
      '::add-mask::build',
    ];
    const asked = [
      'AWS_SECRET_ACCESS_KEY',
      'GITHUB_TOKEN',
      'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
      'INPUT_SIGNING-KEY',
    ];
    const body = [
      ...commands.map((text) => `{{ print("${text}") }}`),
      ...asked.map((name) => `{{ print("SEEN " ~ env_var("${name}", "nothing")) }}`),
      'select 1 as id',
    ];
    await writeFile(join(scene.workspace, 'models', 'hostile.sql'), body.join('\n'));
    // One of the tests warns, so that a compiled test that is called good is seen.
    await writeFile(
      join(scene.workspace, 'tests', 'warns.sql'),
      "{{ config(severity='warn') }} select * from {{ ref('raw_products') }}",
    );
    const change = async (path: string, from: RegExp | string, to: string) => {
      const file = join(scene.workspace, path);
      await writeFile(file, (await readFile(file, 'utf8')).replace(from, to));
    };
    await change('models/marts/_marts.yml', /(name: daily_sales\n.*\n {4}config: \{ )/, '$1access: public, ');
    await change('dbt_project.yml', '+materialized: view', '+materialized: view\n      +schema: staged');
    const env = { AWS_SECRET_ACCESS_KEY: 'canary-of-an-earlier-step', GITHUB_TOKEN: 'canary-of-the-job' };
    const lines = COMMANDS.map((name) => ARGUMENTS[name] ?? name);
    run = await scene.run({ inputs: { ...ANEW, command: lines.join('\n') }, env });
    artifact = await verifyArtifact(scene.peers, run);
  });

  it('FF-A1 builds, stamps, records and verifies: every command in order in one dbt, the artifacts of each kept', async () => {
    expect(run.exitCode, run.stdout).toBe(0);
    expect(Object.fromEntries(run.outputs)).toEqual({
      'audited-rule': '',
      'artifact-id': expect.stringMatching(/^\d+$/),
      'target-path': expect.stringContaining(run.runnerTemp),
      'evidence-path': expect.stringContaining(run.runnerTemp),
      decision: 'allow',
      rule: 'production',
      status: 'succeeded',
      'dbt-exit-code': '0',
      'artifact-url': expect.stringMatching(
        /^https:\/\/github\.com\/octo-org\/jaffle-shop\/actions\/runs\/\d+\/artifacts\/\d+$/,
      ),
      'artifact-digest': expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      'trace-id': expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(run.summary).toContain('```mermaid');
    expect(artifact.exitCode, artifact.text).toBe(0);
    expect(artifact.names).toEqual([
      'dbt-evidence.sigstore.json',
      'dbt/1-deps/dbt.log',
      'dbt/10-show/dbt.log',
      'dbt/10-show/manifest.json',
      'dbt/10-show/run_results.json',
      'dbt/11-build/dbt.log',
      'dbt/11-build/manifest.json',
      'dbt/11-build/run_results.json',
      'dbt/2-parse/dbt.log',
      'dbt/2-parse/manifest.json',
      'dbt/3-seed/dbt.log',
      'dbt/3-seed/manifest.json',
      'dbt/3-seed/run_results.json',
      'dbt/4-run/dbt.log',
      'dbt/4-run/manifest.json',
      'dbt/4-run/run_results.json',
      'dbt/5-snapshot/dbt.log',
      'dbt/5-snapshot/manifest.json',
      'dbt/5-snapshot/run_results.json',
      'dbt/6-test/dbt.log',
      'dbt/6-test/manifest.json',
      'dbt/6-test/run_results.json',
      'dbt/7-source-freshness/dbt.log',
      'dbt/7-source-freshness/manifest.json',
      'dbt/7-source-freshness/sources.json',
      'dbt/8-compile/dbt.log',
      'dbt/8-compile/manifest.json',
      'dbt/8-compile/run_results.json',
      'dbt/9-docs-generate/catalog.json',
      'dbt/9-docs-generate/dbt.log',
      'dbt/9-docs-generate/manifest.json',
      'dbt/9-docs-generate/run_results.json',
      'decision.json',
      'lineage.ndjson',
      'policy.yml',
      'report.html',
    ]);
    const evidence = run.outputs.get('evidence-path')?.slice(join(run.runnerTemp, '..').length + 1);
    expect(run.leftovers, 'the evidence is there for later steps').toContain(`${evidence}/report.html`);
    const events = (artifact.files.get('lineage.ndjson') ?? '').trimEnd().split('\n');
    expect(events.flatMap((line) => eventFaults(JSON.parse(line)))).toEqual([]);
    const others = await verifyArtifact(
      scene.peers,
      run,
      ...['--expect-repository', 'octo-org/other'],
      ...['--expect-repository-id', '999'],
      ...['--expect-environment', 'staging'],
      ...['--expect-policy', '0'.repeat(64)],
      ...['--expect-status', 'failed', '--json'],
    );
    expect(others.exitCode, others.text).toBe(3);
    const { checks } = JSON.parse(others.text);
    const failed = checks.filter(({ result }: { result: string }) => result === 'failed');
    expect(failed.map(({ name }: { name: string }) => name).toSorted()).toEqual([
      'expected-environment',
      'expected-policy',
      'expected-repository',
      'expected-repository-id',
      'expected-status',
    ]);
    const json = await verifyArtifact(scene.peers, run, '--json', '--expect-environment', 'production');
    expect(JSON.parse(json.text)).toMatchObject({ authentic: true, matches: true });
    const manifest = JSON.parse(artifact.files.get('dbt/11-build/manifest.json') ?? '{}');
    expect(manifest.metadata.env.TRACE_ID).toBe(run.outputs.get('trace-id'));
    // One token was asked for, for the gate's own audience.
    expect(scene.peers.issuer.issued).toHaveLength(1);
  });

  it('L03 a project that prints commands to the runner, and asks for what it may not see, gets nothing', () => {
    expect([...run.log.outputs], 'outputs that the log set').toEqual([]);
    expect([...run.log.state], 'state that the log set').toEqual([]);
    expect(run.outputs.get('decision')).toBe('allow');
    expect(run.log.masks).not.toContain('build');
    expect(run.stdout).toContain('SEEN nothing');
    expect(run.stdout).not.toContain('canary');
  });

  it('FF-A1 FF-A7 counts as dbt does, command by command', () => {
    const { names } = artifact;
    const { invocations = [] } = predicateOf(artifact).dbt ?? {};
    const of = (name: string) => invocations[COMMANDS.indexOf(name)];
    const counts = invocations.map((invocation, index) => ({
      command: invocation.command,
      dbt: lastLine(artifact.files.get(logOf(names, index)) ?? ''),
      record: recordedLine(invocation),
    }));
    // FF-A1: a command that executes nothing has no results; FF-A7: the rest has dbt's own numbers.
    const NOTHING = 'Done. PASS=0 WARN=0 ERROR=0 SKIP=0 NO-OP=0 TOTAL=0';
    for (const { command, dbt, record } of counts)
      if (!command.startsWith('show')) expect([command, record]).toEqual([command, dbt ?? NOTHING]);
    expect(counts.filter(({ dbt }) => dbt !== null).map(({ command }) => command)).toEqual([
      ...['seed', 'run', 'snapshot', 'test'],
      ARGUMENTS['build'],
    ]);
    expect(recordedLine(of('build') as never)).toMatch(/PASS=\d\d WARN=1 .*NO-OP=1 /);
    expect(of('compile')).toMatchObject({
      executed: false,
      compiled: expect.arrayContaining(['test.jaffle_shop.warns']),
    });
    expect(of('docs generate')).toMatchObject({
      executed: false,
      documented: expect.arrayContaining(['test.jaffle_shop.warns', 'seed.jaffle_shop.raw_orders']),
    });
    // To show a seed, dbt loads it.
    expect(of('show')).toMatchObject({
      executed: true,
      previewed: expect.arrayContaining(['model.jaffle_shop.stg_orders']),
      nodes: { succeeded: ['seed.jaffle_shop.raw_orders'] },
    });
    expect(run.summary).toMatch(/`dbt compile` \| 0 \| \d+ nodes \| \d+ compiled, no node executed/);
    const report = artifact.files.get('report.html') ?? '';
    expect(report).toContain('dbt docs generate executes no node: nothing was built or tested.');
    const events = (artifact.files.get('lineage.ndjson') ?? '')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const ofCommand = (name: string) =>
      events
        .filter(({ run: { facets } }) => facets.dbtPassport_dbt?.command === name)
        .map(({ job }) => job.name);
    expect(ofCommand('compile')).toEqual(['dbt-run-jaffle_shop']);
    expect(events.filter(({ job }) => job.name.startsWith('exposure.'))).toEqual([]);
  });

  it('its plan goes by what dbt itself writes of group, access, schema, database, package, tag and path', async () => {
    const manifest = readManifest(Buffer.from(artifact.files.get('dbt/11-build/manifest.json') ?? ''));
    const example = await readFile(join(scene.workspace, 'policy.yml'), 'utf8');
    for (const [limits, models, refused] of LIMITS)
      expect([limits, models, await outside(limits, models, { example, manifest })]).toEqual([
        limits,
        models,
        refused,
      ]);
  });
});

describe.skipIf(!REAL_DBT)(`a failing run with real dbt${REAL_DBT ? '' : ` (${NO_DBT})`}`, () => {
  const scene = stage();

  it('dbt failing: its exit code is kept, the failing node named, the record is signed', async () => {
    const run = await scene.run({ inputs: { command: "build --vars 'order_limit_cents: 100'" } });
    expect(run.exitCode, run.stdout).toBe(1);
    expect(run.outputs.get('dbt-exit-code')).toBe('1');
    expect(run.outputs.get('status')).toBe('failed');
    expect(run.log.annotations[0]?.title).toContain('ERR_DBT_FAILED');
    expect(run.log.annotations[0]?.message).toContain('orders_below_limit');
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(3);
    expect(artifact.files.get('lineage.ndjson')).toContain('"FAIL"');
    // FF-A7: skipped nodes behind the failed one, the exposure too, as dbt counts them.
    const [invocation] = predicateOf(artifact).dbt?.invocations ?? [];
    expect(recordedLine(invocation as never)).toBe(lastLine(artifact.files.get('dbt/1-build/dbt.log') ?? ''));
    expect(recordedLine(invocation as never)).toMatch(/ERROR=1 SKIP=[1-9]/);
    expect(artifact.files.get('lineage.ndjson')).not.toContain('"name":"exposure.');
  });
});

describe.skipIf(!REAL_DBT)(`a run of few nodes with real dbt${REAL_DBT ? '' : ` (${NO_DBT})`}`, () => {
  const scene = stage({ project: 'small' });

  it('a model outside of the rule is refused before any credential, with the list', async () => {
    const run = await scene.run({ claims: { environment: 'analytics' }, inputs: { command: 'build' } });
    expect(run.exitCode, run.stdout).toBe(1);
    expect(run.outputs.get('status')).toBe('denied');
    expect(run.log.annotations[0]?.title).toContain('ERR_DBT_SELECTION_FORBIDDEN');
    expect(run.log.annotations[0]?.message).toContain('pii');
    expect(run.stdout).not.toContain('Finished running');
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(3);
  });

  it('warns of a selection that matches no node, and on GitHub Enterprise Server says where the evidence is, since no artifact is stored', async () => {
    const run = await scene.run({
      github: { server_url: 'https://github.acme.example' },
      inputs: { command: 'build --select nobody' },
    });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.outputs.get('artifact-id')).toBe('');
    expect(run.outputs.get('evidence-path')).not.toBe('');
    expect(run.log.annotations.map(({ level, title }) => `${level} ${title}`)).toEqual([
      'warning No artifact',
      'warning Nothing selected',
    ]);
    expect(scene.peers.artifacts.requests).toEqual([]);
  });

  it('dry-run: decides and plans, runs nothing', async () => {
    const run = await scene.run({ inputs: { mode: 'dry-run' } });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(run.outputs.get('status')).toBe('dry-run');
    expect(run.outputs.get('decision')).toBe('allow');
    expect(run.outputs.get('dbt-exit-code')).toBe('');
    const artifact = await verifyArtifact(scene.peers, run);
    expect(artifact.exitCode, artifact.text).toBe(3);
    expect(artifact.text).toContain('dry-run');
  });

  it('keyless: signed by a certificate of the local Fulcio, verified against its root, identity and issuer', async () => {
    const sigstore = await startSigstore({ issuerUrl: scene.peers.issuer.issuer });
    try {
      const run = await scene.run({
        inputs: {
          'signing-key': '',
          signing: 'custom',
          'fulcio-url': sigstore.fulcioUrl,
          'rekor-url': sigstore.rekorUrl,
          'tsa-url': sigstore.tsaUrl,
          command: 'build --select tag:nightly',
        },
      });
      expect(run.exitCode, run.stdout).toBe(0);
      expect(scene.peers.issuer.requests.map(({ query }) => query.get('audience')).filter(Boolean)).toEqual([
        'dbt-passport/jaffle-shop',
        'sigstore',
      ]);
      const root = join(run.runnerTemp, '..', 'trusted_root.json');
      await writeFile(root, JSON.stringify(sigstore.trustedRoot));
      const identity = 'https://github.com/octo-sec/workflows/.github/workflows/dbt.yml@refs/tags/v1.4.0';
      const trust = ['--trusted-root', root, '--identity', identity, '--issuer', scene.peers.issuer.issuer];
      const good = await verifyArtifact(scene.peers, run, ...trust);
      expect(good.exitCode, good.text).toBe(0);
      const other = await verifyArtifact(scene.peers, run, ...trust.with(3, `${identity}0`));
      expect(other.exitCode, other.text).toBe(1);
      await rm(root);
    } finally {
      await sigstore.close();
    }
  });
});
