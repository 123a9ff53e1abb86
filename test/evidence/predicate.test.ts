import { readFile } from 'node:fs/promises';
import { toJsonSchema } from '@valibot/to-json-schema';
import { Ajv } from 'ajv';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import { predicateSchema } from '../../src/evidence/predicate.ts';
import { auditedRecord, breakGlassRecord, stoppedRecord } from '../support/audit-records.ts';
import { ambientRecord, authOnlyRecord, renewedRecord } from '../support/credential-records.ts';
import {
  artifacts,
  cancelledRecord,
  deniedRecord,
  dryRunRecord,
  ENGINE,
  failedRecord,
  identity,
  invocation,
  manifestNode,
  nodeResult,
  PLAN,
  PLANNED,
  startedRecord,
  succeededRecord,
} from '../support/records.ts';

const published = JSON.parse(
  await readFile(new URL('../../docs/schema/dbt-run-v1.json', import.meta.url), 'utf8'),
);

function unverified() {
  const record = startedRecord();
  record.finish(new Date('2026-11-20T06:00:02Z'));
  return record;
}

describe('the predicate of a record', () => {
  it.each([
    ['that succeeded', succeededRecord()],
    ['that was denied', deniedRecord()],
    ['that failed', failedRecord()],
    ['that was cancelled', cancelledRecord()],
    ['of a dry run', dryRunRecord()],
    ['of authentication only', authOnlyRecord()],
    ['with renewed credentials', renewedRecord()],
    ['with ambient credentials', ambientRecord()],
    ['that audit mode let go on', auditedRecord()],
    ['that audit mode stopped', stoppedRecord()],
    ['by break-glass', breakGlassRecord()],
    ['that knows nothing', unverified()],
  ])('%s fits the published schema, also after a journey as JSON', (_, record) => {
    const predicate = JSON.parse(JSON.stringify(buildPredicate(record)));
    const validate = new Ajv({ strict: false }).compile(published);
    expect(validate(predicate), JSON.stringify(validate.errors)).toBe(true);
    expect(v.parse(predicateSchema, predicate)).toEqual(predicate);
    expect(predicate.status).toBe(record.status);
  });

  it('leaves out what the run never reached', () => {
    expect(Object.keys(buildPredicate(unverified()))).toEqual([
      'status',
      'mode',
      'startedAt',
      'finishedAt',
      'tool',
      'trace',
      'run',
      'credentials',
      'credentialSource',
    ]);
  });

  it('keeps known claims that are text or number, exactly as they are', () => {
    const record = succeededRecord();
    record.keep('identity', identity({ ref_protected: true, actor: '', secret_claim: 'x', aud: ['a', 'b'] }));
    const claims = buildPredicate(record).identity?.claims;
    expect(claims).toMatchObject({ actor: '', iat: 1795154401, repository_id: '704512345' });
    for (const name of ['ref_protected', 'secret_claim', 'aud']) expect(claims).not.toHaveProperty(name);
  });

  it('compares what ran with what was planned', () => {
    const [missing = '', ...ran] = PLANNED.filter((id) => id.startsWith('model.'));
    const record = succeededRecord();
    record.keep('plan', {
      ...PLAN,
      commands: PLAN.commands.map((command) => ({ ...command, nodes: [missing, ...ran] })),
    });
    const results = [...ran, 'model.jaffle_shop.surprise', ...PLAN.hooks].map((id) => nodeResult(id));
    record.keep('runs', [{ invocation: invocation(), artifacts: artifacts(results) }]);
    expect(buildPredicate(record).dbt?.invocations[0]?.nodes).toEqual({
      succeeded: [...ran, 'model.jaffle_shop.surprise', ...PLAN.hooks].sort(),
      failed: [],
      warned: [],
      skipped: [],
      noOp: [],
      reused: [],
      unplanned: ['model.jaffle_shop.surprise'],
      missing: [missing],
    });
  });

  it('does not miss an ephemeral model, of which dbt reports nothing', () => {
    const id = 'model.jaffle_shop.inlined';
    const record = succeededRecord();
    record.keep('plan', { ...PLAN, commands: PLAN.commands.map((command) => ({ ...command, nodes: [id] })) });
    const missing = (materialized: string) => {
      const { manifest, ...rest } = artifacts([]);
      const nodes = new Map([[id, { ...manifestNode(id), materialized }]]);
      record.keep('runs', [
        { invocation: invocation(), artifacts: { ...rest, manifest: { ...manifest, nodes } } },
      ]);
      return buildPredicate(record).dbt?.invocations[0]?.nodes.missing;
    };
    expect(missing('ephemeral')).toEqual([]);
    expect(missing('view')).toEqual([id]);
  });

  it('names the nodes of a failed run by outcome', () => {
    const nodes = buildPredicate(failedRecord()).dbt?.invocations[0]?.nodes;
    expect(nodes?.failed).toEqual(['test.jaffle_shop.not_null_stg_orders_order_id']);
    expect(nodes?.warned).toEqual(['test.jaffle_shop.unique_stg_customers_customer_id']);
    expect(nodes?.skipped).toEqual(['model.jaffle_shop.orders']);
    expect(nodes?.missing).toEqual([
      'test.jaffle_shop.accepted_values_orders_status',
      'test.jaffle_shop.relationships_orders_customer_id',
    ]);
  });
});

it('keeps what stands for the policy: serial, end, signer, branch', () => {
  const record = succeededRecord();
  const loaded = record.known('policy');
  expect(Object.keys(buildPredicate(record).policy ?? {})).toEqual(['source', 'sha256', 'mode']);
  const policy = { ...loaded.policy, serial: 42, notAfter: '2027-02-01T00:00:00Z' };
  record.keep('policy', { ...loaded, policy, signedBy: 'SHA256:abc', branchProtected: false });
  const predicate = buildPredicate(record);
  expect(predicate.policy).toEqual({
    source: loaded.source,
    sha256: loaded.sha256,
    serial: 42,
    notAfter: '2027-02-01T00:00:00Z',
    mode: 'enforce',
    signedBy: 'SHA256:abc',
    branchProtected: false,
  });
  expect(v.is(predicateSchema, predicate)).toBe(true);
});

describe('what makes it another run than an ordinary allowed one', () => {
  it('audit mode: denied with every reason, under which rule it went on, and the mode of the policy', () => {
    const { status, decision, audit, policy, breakGlass } = buildPredicate(auditedRecord());
    expect({ status, audit, mode: policy?.mode }).toEqual({
      status: 'succeeded',
      audit: { rule: 'nightly-main', wouldHaveBeenDenied: true },
      mode: 'audit',
    });
    expect(decision).toMatchObject({ allow: false, rule: null, audit: { rule: 'nightly-main' } });
    expect(decision?.reasons.map(({ code }) => code)).toEqual(['RUNNER']);
    expect(breakGlass).toBeUndefined();
    expect(buildPredicate(stoppedRecord())).not.toHaveProperty('audit');
  });

  it('break-glass: why, until when, who, and the notices that people saw', () => {
    const { breakGlass, decision } = buildPredicate(breakGlassRecord());
    expect(breakGlass).toEqual({
      rule: 'nightly-main',
      reason: 'INC-4711: the nightly load is broken',
      expires: '2026-11-20T08:00:00Z',
      actor: 'dana-data',
      actorId: '5550123',
    });
    expect(decision?.notices?.map(({ code }) => code)).toEqual(['RULE_REVIEW', 'BREAK_GLASS']);
    expect(buildPredicate(succeededRecord())).not.toHaveProperty('breakGlass');
  });
});

describe('packages that `deps` installed (FF-A6)', () => {
  const installed = {
    lockSha256: '1'.repeat(64),
    lockSha1: '5a3f0c2e9d1b8a7f6e5d4c3b2a190817f6e5d4c3',
    folder: 'dbt_packages',
    packages: [
      {
        name: 'dbt_utils',
        kind: 'hub',
        from: 'dbt-labs/dbt_utils',
        version: '1.3.0',
        sha256: '2'.repeat(64),
      },
      { name: 'stray' },
    ],
  } as const;

  it('stand in the record, also of a run that stopped right after', () => {
    const record = startedRecord();
    record.keep('engine', ENGINE);
    record.keep('installed', installed);
    record.finish(new Date('2026-11-20T06:00:02Z'));
    const predicate = JSON.parse(JSON.stringify(buildPredicate(record)));
    expect(predicate.dbt.installed).toEqual(installed);
    expect(v.parse(predicateSchema, predicate)).toEqual(predicate);
  });

  it('are absent, not empty, when no `deps` ran', () => {
    expect(buildPredicate(succeededRecord()).dbt).not.toHaveProperty('installed');
  });
});

describe('docs/schema/dbt-run-v1.json', () => {
  it('is the schema that the verifier applies', () => {
    const { $id, title, description, ...shape } = published;
    expect(shape).toEqual(JSON.parse(JSON.stringify(toJsonSchema(predicateSchema))));
    expect([title, description].every((text) => typeof text === 'string')).toBe(true);
  });

  it.each([
    ['no status', { status: undefined }],
    ['a time without Z', { startedAt: '2026-11-20T06:00:00+01:00' }],
    ['a digest in capitals', { policy: { source: 'x', sha256: 'A'.repeat(64) } }],
    ['a claim that is an object', { identity: { claims: { sub: {} }, token: {} } }],
  ])('refuses %s', (_, change) => {
    const validate = new Ajv({ strict: false }).compile(published);
    expect(validate({ ...buildPredicate(succeededRecord()), ...change })).toBe(false);
  });
});
