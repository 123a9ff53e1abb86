import { describe, expect, it } from 'vitest';
import type { PassportError } from '../../../src/errors.ts';
import { renderTrust } from '../../../src/policy/trust/render.ts';
import { renderJson, renderText } from '../../../src/policy/trust/render-output.ts';
import { uncheckedBy } from '../../../src/policy/trust/unchecked.ts';
import { COPIED, EXAMPLES, example, fileOf, rendered, SHAPES } from './render-example.ts';

const NATIVE = ['aws', 'gcp', 'snowflake', 'databricks', 'azure', 'vault'] as const;
const TERRAFORM = ['aws', 'gcp', 'snowflake'] as const;

it('no example is forgotten', () => {
  expect([...COPIED, 'everything'].toSorted()).toEqual([...EXAMPLES].toSorted());
});

const WAREHOUSE = [
  '{ kind: duckdb, path: jaffle.duckdb }',
  '{ kind: snowflake, account: a, user: U, role: R, warehouse: W, database: D, schema: S, audience: x }',
] as const;

describe('renderTrust', () => {
  const cases = EXAMPLES.flatMap((name) => [
    ...NATIVE.map((target) => [name, target, 'native'] as const),
    ...TERRAFORM.map((target) => [name, target, 'terraform'] as const),
  ]);
  it.each(cases)('writes %s for %s as %s as it did', async (name, target, form) => {
    const result = await rendered(name, target, { form });
    if (result.files.length === 0) {
      expect(renderText(result, 'policy.yml')).toBe(`The policy hands out nothing of ${target}.\n`);
      return;
    }
    await expect(renderText(result, 'policy.yml')).toMatchFileSnapshot(
      `golden/render/${name}-${target}-${form}.txt`,
    );
  });

  it.each([
    ['aws', {}],
    ['snowflake', {}],
    ['azure', { flexible: true, principal: 'APPLICATION_ID' }],
  ] as const)('writes a customised sub for %s as it did', async (target, options) => {
    const result = await rendered('everything', target, options, ...SHAPES.custom);
    await expect(renderText(result, 'policy.yml')).toMatchFileSnapshot(`golden/render/custom-${target}.txt`);
  });

  it('writes every shape of sub, as an exact value and never empty', async () => {
    const subjects = async (shape: keyof typeof SHAPES) => {
      const text = fileOf(await rendered('everything', 'aws', {}, ...SHAPES[shape]), 'dbt-athena.trust.json');
      const { Statement } = JSON.parse(text);
      return Statement[0].Condition.StringEquals['token.actions.githubusercontent.com:sub'];
    };
    expect(await subjects('immutable')).toBe('repo:octo-org@123456/jaffle-shop@456789:environment:prod');
    expect(await subjects('legacy')).toBe('repo:octo-org/jaffle-shop:environment:prod');
    expect(await subjects('both')).toHaveLength(2);
    expect(await subjects('custom')).toContain(
      'repo:octo-org@123456/jaffle-shop@456789:environment:prod:job_workflow_ref:octo-sec/workflows/.github/workflows/dbt.yml@9a8b7c6d5e4f30213243546576879809a8b7c6d5',
    );
  });

  it('writes no trust on AWS that a wildcard or an absent claim could pass', async () => {
    const all = await Promise.all(EXAMPLES.map((name) => rendered(name, 'aws')));
    const documents = all.flatMap(({ files }) => files).filter(({ name }) => name.endsWith('.trust.json'));
    expect(documents.filter(({ text }) => /StringLike|ForA|IfExists|Null|\*/.test(text))).toEqual([]);
    const statements: { Action: unknown; Condition: Record<string, object> }[] = documents.flatMap(
      ({ text }) => JSON.parse(text).Statement,
    );
    const federated = statements.filter(({ Action }) => Action === 'sts:AssumeRoleWithWebIdentity');
    expect(federated.length).toBeGreaterThan(8);
    for (const { Condition } of federated) {
      expect(Object.keys(Condition)).toEqual(['StringEquals']);
      expect(Object.keys(Condition['StringEquals'] ?? {})).toContain(
        'token.actions.githubusercontent.com:sub',
      );
    }
  });

  it('leaves out rules without federated credentials, and everything on the deny list', async () => {
    const { files } = await rendered('everything', 'aws');
    const text = files.map((file) => file.text).join('');
    expect(text).not.toContain('environment:ambient');
    expect(text).not.toContain('1111111111111111111111111111111111111111');
    expect(text).not.toContain('"99"');
    const denied = await example('everything', ['deny:\n', 'deny:\n  repository_id: ["456790"]\n']);
    expect(renderJson(renderTrust(denied, 'snowflake'))).not.toContain('octo-org@123456/mart');
  });

  it('renders one grant with every rule that leads to its principal', async () => {
    const policy = await example('everything');
    const { files } = renderTrust(policy, 'aws', { grant: 'lake' });
    const text = files.map((file) => file.text).join('');
    expect(text).toContain('environment:prod');
    expect(text).toContain('environment:lake');
    expect(text).not.toContain('dbt-snowflake');
  });

  it.each([
    ['aws', { grant: 'nobody' }, /expected a grant of the policy/],
    ['vault', {}, /expected the audience of tokens for vault/],
    ['azure', { form: 'terraform' }, /azure is not rendered as terraform/],
  ] as const)('refuses %s with %j', async (target, options, message) => {
    const policy = await example('everything');
    expect(() => renderTrust(policy, target, options)).toThrow(message);
    try {
      renderTrust(policy, target, options);
    } catch (error) {
      expect((error as PassportError).code).toBe('ERR_INPUT_INVALID');
    }
  });

  it('says of CLAIMS that nobody tried it, where it is asked for', async () => {
    const line =
      '-- CLAIMS is part of a pending change of Snowflake; its syntax here was not tried against an account.';
    const head = async (claims: boolean) =>
      fileOf(await rendered('smallest', 'snowflake', { claims }, WAREHOUSE), 'a.sql')
        .split('\n')
        .slice(2, 4);
    expect(await head(true)).toEqual([line, '']);
    expect((await head(false))[0]).toBe('');
  });

  it('tells a problem once', async () => {
    // A list of branches and tags is two ways of one rule, which have the same problem.
    const policy = await example('everything', [
      'sub_template: immutable',
      'sub_template: [repo, context, actor_id]',
    ]);
    const { problems } = renderTrust(policy, 'aws');
    const release = problems.filter(({ message }) => message.startsWith('rule athena-release'));
    expect(release).toHaveLength(1);
    expect(new Set(problems.map(({ message }) => message)).size).toBe(problems.length);
  });

  it('renders every grant unless one is named, and tells of the gaps of no other', async () => {
    const policy = await example('everything');
    const one = renderTrust(policy, 'snowflake', { grant: 'snowflake_aws' });
    expect(one.files.map(({ name }) => name)).toEqual(['acme-eu.sql']);
    expect(new Set(one.unchecked.flatMap(({ rules }) => rules))).toEqual(new Set(['long']));
    expect(renderTrust(policy, 'snowflake').files.map(({ name }) => name)).toEqual([
      'acme-eu.sql',
      'acme-us.sql',
    ]);
    expect(one).toMatchObject({ target: 'snowflake', form: 'native' });
    expect(renderTrust(policy, 'aws', { form: 'terraform' })).toMatchObject({
      target: 'aws',
      form: 'terraform',
    });
  });

  it('names what it could render', async () => {
    const policy = await example('smallest');
    const hint = (options: object) => {
      try {
        return renderTrust(policy, 'kong', options);
      } catch (error) {
        return (error as PassportError).hint;
      }
    };
    expect(hint({ grant: 'x' })).toBe('The policy has warehouse.');
    expect(hint({ form: 'terraform' })).toBe('Terraform is written for aws, gcp, snowflake.');
  });

  it('says what a target never checks', () => {
    const claims = (target: 'aws' | 'gcp') => uncheckedBy(target).map(({ claim }) => claim);
    expect(claims('aws')).toEqual(
      expect.arrayContaining(['event_name', 'runner_environment', 'ref_protected', 'job_workflow_sha']),
    );
    expect(claims('gcp')).toEqual(['actor', 'triggering_actor', 'time', 'ttl', 'grant', 'dbt']);
  });

  it('gives programs the same as people', async () => {
    const result = await rendered('team', 'vault');
    expect(JSON.parse(renderJson(result))).toEqual(JSON.parse(JSON.stringify(result)));
  });
});
