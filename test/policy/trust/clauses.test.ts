import { describe, expect, it } from 'vitest';
import { capabilityOf } from '../../../src/policy/trust/capability.ts';
import {
  accepts,
  acceptsInAnotherCase,
  anyRefOf,
  divided,
  refType,
  refTypes,
  ruleClauses,
  valuesOf,
  wanted,
} from '../../../src/policy/trust/clauses.ts';
import type { TrustClause } from '../../../src/policy/trust/model.ts';
import { scopeOf } from './scope.ts';

const SHA = '9a8b7c6d5e4f30213243546576879809a8b7c6d5';
const PATH = 'octo-sec/workflows/.github/workflows/dbt.yml';
const LIST: TrustClause = { claim: 'environment', kind: 'values', values: ['prod', 'live'] };
const GLOB: TrustClause = { claim: 'ref', kind: 'pattern', pattern: 'refs/heads/r*' };
const PREFIX: TrustClause = { claim: 'job_workflow_ref', kind: 'prefix', prefix: 'a@' };
const DENIED: TrustClause = { claim: 'actor_id', kind: 'except', values: ['98', '99'] };

describe('ruleClauses', () => {
  it('are everything that a rule asks for, in order', async () => {
    expect(ruleClauses(await scopeOf('duckdb'), 'here')).toEqual(
      Object.entries({
        iss: 'https://token.actions.githubusercontent.com',
        aud: 'here',
        sub: 'repo:octo-org@123456/jaffle-shop@456789:environment:prod',
        repository: 'octo-org/jaffle-shop',
        repository_id: '456789',
        repository_owner_id: '123456',
        environment: 'prod',
        environment_node_id: 'EN_kwDOAbCdEf4AAAAB',
        ref: 'refs/heads/main',
        ref_type: 'branch',
        job_workflow_ref: `${PATH}@${SHA}`,
        job_workflow_sha: SHA,
        ref_protected: 'true',
        event_name: 'push',
        runner_environment: 'github-hosted',
        repository_visibility: 'private',
        actor_id: '583231',
      }).map(([claim, value]) => ({ claim, kind: 'values', values: [value] })),
    );
  });

  it('are the deny list, where a rule names none itself', async () => {
    const { policy, rule } = await scopeOf('duckdb', [
      'rules:',
      `deny: { actor_id: ["99"], job_workflow_sha: ["${SHA.replace('9', '0')}"] }\nrules:`,
    ]);
    const { actorId, jobWorkflow, ref, refProtected, visibility, ...least } = rule;
    expect([actorId, jobWorkflow, ref, refProtected, visibility]).not.toContain(undefined);
    const open = { ...least, environment: { name: 'prod' } };
    expect(ruleClauses({ policy, rule: open }, 'here').slice(6)).toEqual([
      { claim: 'environment', kind: 'values', values: ['prod'] },
      { claim: 'job_workflow_sha', kind: 'except', values: [SHA.replace('9', '0')] },
      { claim: 'event_name', kind: 'values', values: ['push'] },
      { claim: 'runner_environment', kind: 'values', values: ['github-hosted'] },
      { claim: 'actor_id', kind: 'except', values: ['99'] },
    ]);
    expect(ruleClauses({ policy, rule }, 'here').map(({ kind }) => kind)).not.toContain('except');
    const nothing = { ...policy, deny: { actorId: [], jobWorkflowSha: [], repositoryId: [] } };
    expect(ruleClauses({ policy: nothing, rule: open }, 'here')).toHaveLength(9);
  });

  it.each([
    [
      'ref: { one_of: [refs/heads/main, refs/tags/v1] }',
      { kind: 'values', values: ['refs/heads/main', 'refs/tags/v1'] },
      ['branch', 'tag'],
    ],
    ['ref: { glob: "refs/tags/v*" }', { kind: 'pattern', pattern: 'refs/tags/v*' }, ['tag']],
  ])('say of %s what it is', async (ref, accepted, types) => {
    const scope = await scopeOf('duckdb', ['ref: refs/heads/main', ref]);
    const clauses = ruleClauses(scope, 'here').filter(({ claim }) => claim === 'ref' || claim === 'ref_type');
    expect(clauses).toEqual([
      { claim: 'ref', ...accepted },
      { claim: 'ref_type', kind: 'values', values: types },
    ]);
  });
});

describe('types of ref', () => {
  it('are told by the folder', () => {
    expect(refType('refs/tags/v1')).toBe('tag');
    expect(refType('refs/heads/refs/tags/v1')).toBe('branch');
  });

  it('are each named once', () => {
    expect(refTypes({ kind: 'one-of', values: ['refs/heads/a', 'refs/heads/b'] })).toEqual(['branch']);
    expect(refTypes({ kind: 'equals', value: 'refs/tags/v1' })).toEqual(['tag']);
    expect(refTypes(undefined)).toEqual([]);
  });
});

describe('divided', () => {
  it('keeps what the target compares apart from what it does not', () => {
    const { checked, unchecked } = divided([LIST, GLOB, DENIED], capabilityOf('aws'));
    expect([checked, unchecked]).toEqual([[LIST], [GLOB, DENIED]]);
    expect(divided([GLOB, DENIED], capabilityOf('kong')).unchecked).toEqual([]);
    const event: TrustClause = { claim: 'event_name', kind: 'values', values: ['push'] };
    expect(divided([event], capabilityOf('aws')).unchecked).toEqual([event]);
  });

  it('compares no list without values', () => {
    const none: TrustClause = { claim: 'sub', kind: 'values', values: [] };
    expect(divided([none], capabilityOf('aws')).unchecked).toEqual([none]);
  });

  it('compares one text of each claim on Snowflake, but for issuer, audience and subject', () => {
    const claims = capabilityOf('snowflake', { claims: true });
    const subjects: TrustClause = { claim: 'sub', kind: 'values', values: ['a', 'b'] };
    const one: TrustClause = { claim: 'ref', kind: 'values', values: ['refs/heads/main'] };
    expect(divided([LIST, subjects, one], claims)).toEqual({ checked: [subjects, one], unchecked: [LIST] });
  });
});

describe('a clause', () => {
  it('takes its values alone', () => {
    expect(accepts(LIST, 'live')).toBe(true);
    expect(accepts(LIST, 'LIVE')).toBe(false);
  });

  it('is told from one that differs by the case of letters', () => {
    expect(acceptsInAnotherCase(LIST, 'LIVE')).toBe(true);
    expect(acceptsInAnotherCase(LIST, 'dev')).toBe(false);
    expect(acceptsInAnotherCase(DENIED, '98')).toBe(false);
    expect(acceptsInAnotherCase(GLOB, 'refs/heads/r1')).toBe(false);
  });

  it('is put in words', () => {
    expect([LIST, GLOB, PREFIX, DENIED].map(wanted)).toEqual([
      'prod or live',
      'refs/heads/r*',
      'a@…',
      'none of 98, 99',
    ]);
  });

  it('has values when it is a list', () => {
    expect(valuesOf([LIST, GLOB, DENIED, PREFIX], 'environment')).toEqual(['prod', 'live']);
    expect(valuesOf([LIST, GLOB, DENIED, PREFIX], 'ref')).toEqual([]);
    expect(valuesOf([LIST, GLOB, DENIED, PREFIX], 'actor_id')).toEqual([]);
  });

  it('of a reusable workflow is its file at any ref, for CEL', async () => {
    const { rule } = await scopeOf('duckdb');
    const at: TrustClause = { claim: 'job_workflow_ref', kind: 'values', values: [`${PATH}@${SHA}`] };
    expect(anyRefOf(at, rule)).toEqual({ claim: 'job_workflow_ref', kind: 'prefix', prefix: `${PATH}@` });
    expect(anyRefOf(LIST, rule)).toBe(LIST);
    const { jobWorkflow, ...without } = rule;
    expect(jobWorkflow).toBeDefined();
    expect(anyRefOf(at, without)).toBe(at);
  });
});
