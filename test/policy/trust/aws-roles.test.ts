import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../src/policy/policy.ts';
import { awsProblems, type TrustedRole, trustedRoles } from '../../../src/policy/trust/aws-roles.ts';
import type { Target } from '../../../src/policy/trust/model.ts';
import { principalsOf } from '../../../src/policy/trust/principals.ts';
import type { RenderRequest } from '../../../src/policy/trust/rendered.ts';
import { example } from './render-example.ts';

const CHAIN = 'arn:aws:iam::444455556666:role/a/b/warehouse';
const ENTRY = 'arn:aws:iam::111122223333:role/data/dbt-athena';
const SECOND = ['arn:aws:iam::444455556666:role/warehouse', CHAIN] as const;
/** The first grant reaches the second role too, and has an id of its own there. */
const BOTH = [
  'duration_seconds: "7200"\n',
  `duration_seconds: "7200"\n      chain: { role_arn: "${CHAIN}", external_id: acme-8 }\n`,
] as const;

function request(policy: Policy, target: Target = 'aws'): RenderRequest {
  const principals = principalsOf(policy, target);
  return { policy, principals, all: principals, options: {} };
}

async function roles(...changes: Parameters<typeof example> extends [unknown, ...infer Rest] ? Rest : never) {
  const found = trustedRoles(request(await example('everything', ...changes)));
  const role = (arn: string): TrustedRole | undefined => found.find((one) => one.arn === arn);
  return { found, role };
}

function allowed(...statements: readonly (readonly [action: unknown, resource: string])[]): object {
  return {
    Version: '2012-10-17',
    Statement: statements.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource })),
  };
}

const HOP = [['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'], CHAIN] as const;

describe('the roles of AWS', () => {
  it('are those that tokens become, then those that are assumed from them', async () => {
    const { found } = await roles(SECOND);
    expect(found.map(({ arn, account, path, name }) => [arn, account, path, name])).toEqual([
      [ENTRY, '111122223333', '/data/', 'dbt-athena'],
      ['arn:aws:iam::111122223333:role/dbt-snowflake', '111122223333', '/', 'dbt-snowflake'],
      [CHAIN, '444455556666', '/a/b/', 'warehouse'],
    ]);
  });

  it('trust every rule that leads to them once, and name the first', async () => {
    const policy = await example('everything', SECOND, BOTH);
    const { role } = await roles(SECOND, BOTH);
    const line = (id: string) => policy.rules.find((rule) => rule.id === id)?.line;
    expect(role(ENTRY)).toMatchObject({
      line: line('athena-prod'),
      audiences: ['sts.amazonaws.com', 'lake.acme'],
    });
    expect(role(CHAIN)).toMatchObject({ line: line('athena-prod'), audiences: [] });
    const { Statement } = JSON.parse(JSON.stringify(role(CHAIN)?.trust));
    const ids = Statement.map(
      ({ Condition }: { Condition: { StringEquals: object } }) => Condition.StringEquals,
    );
    expect(ids).toEqual([{ 'sts:ExternalId': 'acme-8' }, { 'sts:ExternalId': 'acme-7' }]);
  });

  it('are bounded by all that their sessions may do, when every grant says it', async () => {
    const open = await roles(SECOND);
    expect(open.role(ENTRY)?.boundary).toEqual(allowed(['athena:*', '*'], HOP));
    expect(open.role(CHAIN)?.boundary).toBeUndefined();
    const both = await roles(SECOND, BOTH);
    expect(both.role(ENTRY)?.boundary).toEqual(allowed(HOP));
    expect(both.role(CHAIN)?.boundary).toBeUndefined();
    const closed = await roles(SECOND, [
      'audience: lake.acme\n',
      'audience: lake.acme\n        allow: [{ actions: ["s3:GetObject"], resources: ["*"] }]\n',
    ]);
    expect(closed.role(CHAIN)?.boundary).toEqual(allowed(['s3:GetObject', '*']));
  });

  it('hold the longest session that a rule leaves to a grant, and no less than IAM can hold', async () => {
    const session = async (seconds: string) => {
      const rule = `    max_ttl_seconds: "${seconds}"\n    grants: [athena]`;
      return (await roles(['    grants: [athena]', rule])).role(ENTRY)?.maxSession;
    };
    expect((await roles()).role(ENTRY)?.maxSession).toBe(7200);
    expect(await session('9000')).toBe(7200);
    expect(await session('5000')).toBe(5000);
    expect(await session('900')).toBe(3600);
    expect((await roles(BOTH, SECOND)).role(CHAIN)?.maxSession).toBe(3600);
  });

  it('are none without a closed list of subjects, and none for grants of another cloud', async () => {
    const { found } = await roles(['sub_template: immutable', 'sub_template: [repo, actor_id]']);
    expect(found.map(({ arn }) => arn)).toEqual([ENTRY, 'arn:aws:iam::444455556666:role/warehouse']);
    expect(trustedRoles(request(await example('everything'), 'gcp'))).toEqual([]);
  });
});

describe('awsProblems', () => {
  /** A role whose trust has so many characters. */
  function long(characters: number): TrustedRole {
    const trust = { Text: 'x'.repeat(characters - '{"Text":""}'.length) };
    const rest = { arn: ENTRY, account: '111122223333', path: '/', boundary: undefined, maxSession: 3600 };
    return { ...rest, name: 'dbt', trust, audiences: [], line: 7 };
  }

  it.each([
    [2048, undefined],
    [2049, 'note'],
    [4096, 'note'],
    [4097, 'error'],
  ])('of a trust of %i characters are %s', async (characters, level) => {
    const empty = { policy: await example('everything'), principals: [], all: [], options: {} };
    const problems = awsProblems(empty, [long(characters)]);
    const message = `the trust policy of dbt has ${characters} characters: an account takes 2048, and 4096 once AWS has raised the quota; use a role for each rule`;
    expect(problems).toEqual(level === undefined ? [] : [{ level, target: 'aws', line: 7, message }]);
  });
});
