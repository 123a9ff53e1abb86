/**
 * Records of finished runs, one per status, on one small project: two sources, a seed, two staging
 * models, a mart, a snapshot, an exposure and four tests. Each call builds a fresh record.
 */
import type { Checkout, Compared } from '../../src/checkout/observed.ts';
import type { DbtArtifacts, Manifest, ManifestNode, NodeResult } from '../../src/dbt/artifacts.ts';
import type { DbtCommand } from '../../src/dbt/command.ts';
import type { DbtEngine, DbtInvocation } from '../../src/dbt/invocation.ts';
import type { Plan } from '../../src/dbt/plan.ts';
import { byEffect } from '../../src/dbt/read-artifacts.ts';
import { PassportError } from '../../src/errors.ts';
import { EvidenceRecord } from '../../src/evidence/record.ts';
import type { Identity } from '../../src/identity/claims.ts';
import { peopleInToken } from '../../src/identity/people.ts';
import type { Mode } from '../../src/inputs.ts';
import type { RunContext } from '../../src/job.ts';
import type { LineageGraph, LineageNode } from '../../src/lineage/graph.ts';
import type { Decision } from '../../src/policy/decision.ts';
import type { DuckDbGrant } from '../../src/policy/grant-types.ts';
import type { LoadedPolicy, Repository, Rule } from '../../src/policy/policy.ts';

export const SHA = 'a3f1c9d27b6e4f80915c2d3e4f5061728394a5b6';
export const POLICY_SHA256 = '5e1d0c8b7a69584736251403f2e1d0c9b8a7968574635241302f1e0d9c8b7a69';
const POLICY_SOURCE = `acme/dbt-policies/jaffle.yml@${'0b'.repeat(20)}`;
export const TRACE = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
export const STARTED_AT = new Date('2026-11-20T06:00:00.000Z');
const FINISHED_AT = new Date('2026-11-20T06:00:41.000Z');
export const INVOCATION_ID = '7c0e3d3e-53a3-4b7b-9c54-6f0b8f1d2a11';

export const RUN_CONTEXT: RunContext = {
  repository: 'acme/jaffle-shop',
  runId: '19182736455',
  runAttempt: '1',
  sha: SHA,
  ref: 'refs/heads/main',
  eventName: 'schedule',
  actor: 'dana-data',
  triggeringActor: 'dana-data',
  job: 'nightly',
  workflow: 'Nightly build',
  serverUrl: 'https://github.com',
};

const REPOSITORY: Repository = {
  name: 'acme/jaffle-shop',
  repositoryId: '704512345',
  ownerId: '9001234',
  line: 5,
};

export const GRANT: DuckDbGrant = { kind: 'duckdb', path: 'jaffle.duckdb', schema: 'main', threads: 4 };

export const RULE: Rule = {
  id: 'nightly-main',
  line: 12,
  repository: REPOSITORY,
  environment: { name: 'production' },
  ref: { kind: 'equals', value: 'refs/heads/main' },
  eventName: ['schedule', 'workflow_dispatch'],
  runnerEnvironment: ['github-hosted'],
  grants: ['local'],
  credentials: 'federated',
  staticCredentials: 'scrub',
  checkout: { kind: 'token-commit' },
  dbt: {
    target: 'prod',
    commands: ['build', 'run', 'test'],
    within: [{ method: 'package', value: 'jaffle_shop' }],
    never: [{ method: 'tag', value: 'pii' }],
    fullRefresh: false,
    env: [],
  },
  lines: new Map([
    ['environment', 14],
    ['ref', 15],
  ]),
};

export function loadedPolicy(): LoadedPolicy {
  return {
    policy: {
      issuer: 'https://token.actions.githubusercontent.com',
      audience: 'dbt-passport:acme',
      repositories: new Map([['jaffle', REPOSITORY]]),
      mode: 'enforce',
      grants: new Map([['local', GRANT]]),
      grantTerms: new Map([['local', { access: 'write', line: 8 }]]),
      rules: [RULE],
      deny: { actorId: [], repositoryId: [], jobWorkflowSha: [] },
    },
    source: POLICY_SOURCE,
    sha256: POLICY_SHA256,
    bytes: new TextEncoder().encode('version: 1\nrules: [{ id: nightly-main }]\n'),
  };
}

export function identity(claims: Readonly<Record<string, unknown>> = {}): Identity {
  const all = {
    iss: 'https://token.actions.githubusercontent.com',
    aud: 'dbt-passport:acme',
    sub: 'repo:acme/jaffle-shop:environment:production',
    jti: '2b1c7f4e-0d15-4f63-9e0b-6f1f8a3c5d77',
    iat: 1795154401,
    exp: 1795154701,
    repository: 'acme/jaffle-shop',
    repository_id: '704512345',
    repository_owner: 'acme',
    repository_owner_id: '9001234',
    repository_visibility: 'private',
    environment: 'production',
    ref: 'refs/heads/main',
    ref_type: 'branch',
    ref_protected: 'true',
    sha: SHA,
    event_name: 'schedule',
    actor: 'dana-data',
    actor_id: '5550123',
    workflow: 'Nightly build',
    workflow_ref: 'acme/jaffle-shop/.github/workflows/nightly.yml@refs/heads/main',
    workflow_sha: SHA,
    job_workflow_ref: 'acme/jaffle-shop/.github/workflows/nightly.yml@refs/heads/main',
    job_workflow_sha: SHA,
    runner_environment: 'github-hosted',
    run_id: '19182736455',
    run_number: '412',
    run_attempt: '1',
    ...claims,
  };
  return {
    claims: new Map(Object.entries(all)) as Identity['claims'],
    token: {
      issuer: all.iss,
      subject: all.sub,
      audience: all.aud,
      tokenId: all.jti,
      issuedAt: '2026-11-20T06:00:01Z',
      expiresAt: '2026-11-20T06:05:01Z',
      sha256: '9d4e1e23bd5b727046a9e3b4b7db57bd8d6ee684e1f6ed4cc3ab5a5e0fd14bd2',
    },
  };
}

export const ALLOWED: Decision = {
  allow: true,
  rule: 'nightly-main',
  nearest: null,
  reasons: [],
  policySha256: POLICY_SHA256,
  policySource: POLICY_SOURCE,
};

export const DENIED: Decision = {
  ...ALLOWED,
  allow: false,
  rule: null,
  nearest: 'nightly-main',
  reasons: [
    {
      code: 'ENVIRONMENT',
      rule: 'nightly-main',
      claim: 'environment',
      expected: 'production',
      actual: 'staging',
      cause: 'the job runs in another GitHub environment',
      fix: 'set `environment: production` on the job, or add a rule for staging. Policy: `environment`, line 14.',
      line: 14,
    },
    {
      code: 'REF',
      rule: 'nightly-main',
      claim: 'ref',
      expected: 'refs/heads/main',
      actual: 'refs/heads/feature/new-margin',
      cause: 'the workflow was started from a branch',
      fix: 'Run it from main. Policy: `ref`, line 15.',
      line: 15,
    },
  ],
};

export const ENGINE: DbtEngine = {
  executable: '/opt/dbt/bin/dbt',
  sha256: 'c7be1ed902fb8dd4d48997c6452f5d7e509fbcdbe2808b16bcf4edce4c07d14e',
  version: '1.11.16',
  adapters: { duckdb: '1.11.1' },
  packages: [
    'agate==1.9.1',
    'dbt-adapters==1.22.0',
    'dbt-core==1.11.16',
    'dbt-duckdb==1.11.1',
    'duckdb==1.4.4',
  ],
};

const COMMAND: DbtCommand = {
  text: 'build --select package:jaffle_shop',
  name: 'build',
  args: ['--select', 'package:jaffle_shop'],
};

export function manifestNode(uniqueId: string, dependsOn: readonly string[] = []): ManifestNode {
  const [resourceType = '', packageName = '', ...rest] = uniqueId.split('.');
  const name = rest.join('.');
  return {
    uniqueId,
    resourceType,
    name,
    alias: name,
    packageName,
    database: 'jaffle',
    schema: 'main',
    identifier: name,
    relationName: resourceType === 'test' ? '' : `"jaffle"."main"."${name}"`,
    originalFilePath: `${resourceType}s/${name}.sql`,
    description: '',
    tags: [],
    meta: {},
    materialized: resourceType === 'model' ? 'table' : resourceType,
    access: 'protected',
    group: '',
    owner: '',
    checksum: '',
    compiledCode: '',
    rawCode: '',
    language: 'sql',
    dependsOn,
    columns: [],
    config: {},
    ...(resourceType === 'test' && { test: genericTest(dependsOn[0] ?? '') }),
  };
}

function genericTest(attachedNode: string): NonNullable<ManifestNode['test']> {
  return {
    name: 'not_null',
    column: 'id',
    attachedNode,
    severity: 'error',
    warnIf: '!= 0',
    errorIf: '!= 0',
    kwargs: {},
  };
}

const NODES: readonly ManifestNode[] = [
  manifestNode('source.jaffle_shop.raw.orders'),
  manifestNode('source.jaffle_shop.raw.customers'),
  manifestNode('seed.jaffle_shop.country_codes'),
  manifestNode('model.jaffle_shop.stg_orders', ['source.jaffle_shop.raw.orders']),
  manifestNode('model.jaffle_shop.stg_customers', [
    'source.jaffle_shop.raw.customers',
    'seed.jaffle_shop.country_codes',
  ]),
  manifestNode('model.jaffle_shop.orders', [
    'model.jaffle_shop.stg_orders',
    'model.jaffle_shop.stg_customers',
  ]),
  manifestNode('snapshot.jaffle_shop.orders_history', ['model.jaffle_shop.stg_orders']),
  manifestNode('test.jaffle_shop.not_null_stg_orders_order_id', ['model.jaffle_shop.stg_orders']),
  manifestNode('test.jaffle_shop.unique_stg_customers_customer_id', ['model.jaffle_shop.stg_customers']),
  manifestNode('test.jaffle_shop.accepted_values_orders_status', ['model.jaffle_shop.orders']),
  manifestNode('test.jaffle_shop.relationships_orders_customer_id', ['model.jaffle_shop.orders']),
  manifestNode('exposure.jaffle_shop.revenue_dashboard', ['model.jaffle_shop.orders']),
];

export const PLANNED: readonly string[] = NODES.map((node) => node.uniqueId).filter(
  (id) => !/^(source|exposure)\./.test(id),
);

const HOOKS = ['operation.jaffle_shop.jaffle_shop-on-run-end-0'];

export const PLAN: Plan = {
  commands: [{ command: COMMAND, selection: 'resolved', nodes: PLANNED, hooks: HOOKS }],
  hooks: HOOKS,
};

export function nodeResult(uniqueId: string, change: Partial<NodeResult> = {}): NodeResult {
  return {
    uniqueId,
    status: 'success',
    raw: uniqueId.startsWith('test.') ? 'pass' : 'success',
    message: 'OK',
    failures: uniqueId.startsWith('test.') ? 0 : null,
    executionTime: 0.42,
    threadId: 'Thread-1 (worker)',
    startedAt: '2026-11-20T06:00:10.000Z',
    completedAt: '2026-11-20T06:00:10.420Z',
    compiledCode: '',
    relationName: '',
    adapterResponse: {},
    ...change,
  };
}

function manifest(): Manifest {
  return {
    schemaVersion: 'https://schemas.getdbt.com/dbt/manifest/v12.json',
    dbtVersion: ENGINE.version,
    invocationId: INVOCATION_ID,
    generatedAt: '2026-11-20T06:00:30.000Z',
    adapterType: 'duckdb',
    projectName: 'jaffle_shop',
    env: {},
    nodes: new Map(NODES.map((node) => [node.uniqueId, node])),
  };
}

export function artifacts(results: readonly NodeResult[], which = 'build'): DbtArtifacts {
  return {
    manifest: manifest(),
    runResults: {
      schemaVersion: 'https://schemas.getdbt.com/dbt/run-results/v6.json',
      dbtVersion: ENGINE.version,
      invocationId: INVOCATION_ID,
      generatedAt: '2026-11-20T06:00:30.000Z',
      elapsedTime: 12.5,
      which,
      args: {},
      ...byEffect(which, results),
    },
    catalog: null,
  };
}

export function invocation(change: Partial<DbtInvocation> = {}): DbtInvocation {
  return {
    command: COMMAND,
    exitCode: 0,
    signal: null,
    invocationId: INVOCATION_ID,
    startedAt: '2026-11-20T06:00:05.000Z',
    finishedAt: '2026-11-20T06:00:31.000Z',
    files: [],
    ...change,
  };
}

/** The lineage of the project with the statuses of `results`; tests are not nodes of it. */
function lineageGraph(results: readonly NodeResult[]): LineageGraph {
  const statusOf = new Map(results.map((result) => [result.uniqueId, result.status]));
  const drawn = NODES.filter((node) => node.resourceType !== 'test');
  const nodes = drawn.map((node): LineageNode => {
    const { uniqueId: id, name: label, resourceType: kind, tags } = node;
    return { id, label, kind, status: statusOf.get(id) ?? 'not-run', tags };
  });
  return {
    nodes,
    edges: drawn.flatMap(({ uniqueId, dependsOn }) =>
      dependsOn.map((parent) =>
        statusOf.get(uniqueId) === 'success'
          ? ([parent, uniqueId, 'read'] as const)
          : ([parent, uniqueId] as const),
      ),
    ),
  };
}

/** A checkout of a commit in which nothing differs, as the commit of the token. */
export function checkoutOf(commit: string, change: Partial<Compared> = {}): Checkout {
  return {
    ...{ kind: 'compared', against: { kind: 'token' }, commit, head: commit, project: '' },
    differences: { modified: [], missing: [], untracked: [], outside: [] },
    ...{ same: 10, lineEndings: 0, lfs: 0, absent: 0, ...change, contents: new Map(), localPackages: [] },
  };
}

/** A record that has begun and knows nothing yet. */
export function startedRecord(change: { mode?: Mode; context?: Partial<RunContext> } = {}): EvidenceRecord {
  return new EvidenceRecord({
    context: { ...RUN_CONTEXT, ...change.context },
    trace: TRACE,
    tool: { name: 'dbt-passport', version: '0.1.0' },
    startedAt: STARTED_AT,
    mode: change.mode ?? 'run',
  });
}

/** Decided and planned; not executed. */
function plannedRecord(mode: Mode = 'run'): EvidenceRecord {
  const record = startedRecord({ mode });
  record.keep('policy', loadedPolicy());
  record.keep('identity', identity());
  record.keep('people', peopleInToken(identity().claims));
  record.keep('decision', ALLOWED);
  record.keep('grants', new Map([['local', GRANT]]));
  record.keep('staticCredentials', []);
  record.keep('checkout', { observed: checkoutOf(SHA), clause: RULE.checkout });
  record.keep('engine', ENGINE);
  record.keep('plan', PLAN);
  return record;
}

export function executedRecord(
  results: readonly NodeResult[],
  change: Partial<DbtInvocation> = {},
): EvidenceRecord {
  const record = plannedRecord();
  record.keep('credentials', []);
  record.keep('runs', [{ invocation: invocation(change), artifacts: artifacts(results) }]);
  record.keep('changedInRun', []);
  record.keep('lineage', lineageGraph(results));
  record.keep('events', []);
  return record;
}

export function finished(record: EvidenceRecord): EvidenceRecord {
  record.finish(FINISHED_AT);
  return record;
}

export function succeededRecord(): EvidenceRecord {
  return finished(executedRecord(PLANNED.map((id) => nodeResult(id))));
}

/** The policy refused the identity: no plan, no dbt. */
export function deniedRecord(): EvidenceRecord {
  const record = startedRecord({
    context: { ref: 'refs/heads/feature/new-margin', eventName: 'workflow_dispatch' },
  });
  record.keep('policy', loadedPolicy());
  const who = record.keep(
    'identity',
    identity({
      sub: 'repo:acme/jaffle-shop:environment:staging',
      environment: 'staging',
      ref: 'refs/heads/feature/new-margin',
      ref_protected: 'false',
      event_name: 'workflow_dispatch',
    }),
  );
  record.keep('people', peopleInToken(who.claims));
  record.keep('decision', DENIED);
  record.fail(
    new PassportError('ERR_POLICY_DENIED', 'no rule allows this identity; nearest rule: nightly-main', {
      reason: 'NO_RULE',
      hint: 'see the table of claims; the policy is acme/dbt-policies/jaffle.yml',
    }),
  );
  return finished(record);
}

/** One test failed, the mart behind it was skipped, one test warned. */
export function failedRecord(): EvidenceRecord {
  const results = PLANNED.map((id) => {
    if (id === 'model.jaffle_shop.orders') {
      return nodeResult(id, { status: 'skipped', raw: 'skipped', message: '', executionTime: 0 });
    }
    if (id === 'test.jaffle_shop.not_null_stg_orders_order_id') {
      const message = 'Got 3 results, configured to fail if != 0';
      return nodeResult(id, { status: 'failed', raw: 'fail', message, failures: 3 });
    }
    if (id === 'test.jaffle_shop.unique_stg_customers_customer_id') {
      const message = 'Got 1 result, configured to warn if != 0';
      return nodeResult(id, { status: 'warned', raw: 'warn', message, failures: 1 });
    }
    return nodeResult(id);
  }).filter((result) => !/orders_status|orders_customer_id/.test(result.uniqueId));
  const record = executedRecord(results, { exitCode: 1 });
  record.fail(
    new PassportError('ERR_DBT_FAILED', 'dbt build ended with exit code 1, expected 0', {
      hint: 'open the failing nodes in the table',
    }),
  );
  return finished(record);
}

/** dbt was stopped by a signal before it wrote results. */
export function cancelledRecord(): EvidenceRecord {
  const record = plannedRecord();
  record.keep('credentials', []);
  record.keep('runs', [{ invocation: invocation({ exitCode: 130, signal: 'SIGINT' }), artifacts: null }]);
  record.cancel();
  return finished(record);
}

export function dryRunRecord(): EvidenceRecord {
  return finished(plannedRecord('dry-run'));
}
