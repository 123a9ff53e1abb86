import { describe, expect, it } from 'vitest';
import type { Policy, Rule } from '../../../src/policy/policy.ts';
import { renderTrust } from '../../../src/policy/trust/render.ts';
import type { Rendered, RenderOptions } from '../../../src/policy/trust/rendered.ts';
import { example, fileOf } from './render-example.ts';

const SHA = '9a8b7c6d5e4f30213243546576879809a8b7c6d5';
const WORKFLOW = 'octo-sec/workflows/.github/workflows/dbt.yml';

/** The policy with everything, with the rule for Entra once for each of these. */
async function policyOf(...rules: readonly Partial<Rule>[]): Promise<Policy> {
  const policy = await example('everything');
  const rule = policy.rules.find(({ id }) => id === 'entra');
  if (rule === undefined) throw new Error('another policy');
  const given = rules.map((more, at) => ({
    ...rule,
    id: `r${at}`,
    line: 100 + at,
    environment: { name: `e${at}` },
    ...more,
  }));
  return { ...policy, rules: given };
}

const subject = (environment: string) => `repo:octo-org@123456/jaffle-shop@456789:environment:${environment}`;
const render = (policy: Policy, options: RenderOptions = {}) => renderTrust(policy, 'azure', options);
const credentials = (rendered: Rendered) =>
  JSON.parse(fileOf(rendered, '.json')) as readonly Readonly<Record<string, unknown>>[];
const names = (rendered: Rendered) => credentials(rendered).map(({ name }) => name);

describe('federated credentials of Entra', () => {
  it('are one for each subject, named after the first of its rules', async () => {
    const same = { environment: { name: 'e' } };
    const tag = { ref: { kind: 'equals', value: 'refs/tags/x' } } as const;
    const rendered = render(await policyOf({ ...same, id: 'first' }, { ...same, ...tag }, {}));
    expect(credentials(rendered)).toEqual([
      credential('first', { subject: subject('e') }),
      credential('r2', { subject: subject('e2') }),
    ]);
  });

  it('have names of their own, of 120 characters at most', async () => {
    const { subTemplate: _, ...policy } = await policyOf({ id: 'x'.repeat(121) }, { id: 'a' });
    expect(names(render(policy))).toEqual(['x'.repeat(120), `${'x'.repeat(118)}-2`, 'a', 'a-2']);
  });

  it('compare subject and workflow together when they are flexible', async () => {
    const other = '2'.repeat(40);
    const jobWorkflow = { path: WORKFLOW, sha: [SHA, other] };
    const { subTemplate: _, ...policy } = await policyOf({ jobWorkflow, environment: { name: "it's" } });
    const found = credentials(render(policy, { flexible: true }));
    const expression = (sub: string, sha: string) => ({
      claimsMatchingExpression: {
        value: `claims['sub'] eq '${sub}' and claims['job_workflow_ref'] eq '${WORKFLOW}@${sha}'`,
        languageVersion: 1,
      },
    });
    const legacy = "repo:octo-org/jaffle-shop:environment:it''s";
    const immutable = "repo:octo-org@123456/jaffle-shop@456789:environment:it''s";
    expect(found).toEqual([
      credential('r0', expression(legacy, SHA)),
      credential('r0-2', expression(legacy, other)),
      credential('r0-3', expression(immutable, SHA)),
      credential('r0-4', expression(immutable, other)),
    ]);
  });

  it('are classic for a rule without a workflow, flexible or not', async () => {
    const { jobWorkflow: _, ...rule } = (await policyOf({})).rules[0] ?? fail();
    const policy = { ...(await policyOf({})), rules: [rule] };
    expect(credentials(render(policy, { flexible: true }))).toEqual(credentials(render(policy)));
    expect(render(policy, { flexible: true }).problems).toEqual([]);
  });

  it('are made by commands', async () => {
    const policy = await policyOf({});
    const id = '8f1c5d2e-1111-4222-8333-444455556666';
    const command = (rendered: Rendered) => fileOf(rendered, '.sh').split('\n');
    const [plain = {}] = credentials(render(policy));
    expect(command(render(policy))).toEqual([
      `# Application ${id}`,
      `az ad app federated-credential create --id ${id} --parameters '${JSON.stringify(plain)}'`,
      '',
    ]);
    const flexible = render(policy, { flexible: true });
    const [body = {}] = credentials(flexible);
    expect(command(flexible)[1]).toBe(
      `az rest --method POST --url 'https://graph.microsoft.com/beta/applications(appId='\\''${id}'\\'')/federatedIdentityCredentials' --headers Content-Type=application/json --body '${JSON.stringify(body).replaceAll("'", "'\\''")}'`,
    );
  });
});

describe('what Entra would refuse', () => {
  it('is a 21st credential', async () => {
    const many = (count: number) => policyOf(...Array(count).fill({}));
    expect(render(await many(20)).problems).toEqual([]);
    expect(render(await many(21)).problems).toEqual([
      {
        level: 'error',
        target: 'azure',
        line: 100,
        message: expect.stringMatching(
          /^application 8f1c5d2e\S+ would have 21 federated credentials, at most 20/,
        ),
      },
    ]);
  });

  it('is a subject of more than 600 characters', async () => {
    const fits = 600 - subject('').length;
    expect(render(await policyOf({ environment: { name: 'e'.repeat(fits) } })).problems).toEqual([]);
    expect(
      render(await policyOf({}, { environment: { name: 'e'.repeat(fits + 1) } })).problems,
    ).toMatchObject([
      {
        level: 'error',
        target: 'azure',
        line: 101,
        message: expect.stringContaining('601 characters, at most 600'),
      },
    ]);
  });

  it('is a flexible credential for another issuer', async () => {
    const policy = { ...(await policyOf({})), issuer: 'https://token.actions.githubusercontent.com/acme' };
    expect(render(policy).problems).toEqual([]);
    expect(render(policy, { flexible: true }).problems).toMatchObject([
      {
        level: 'error',
        line: 100,
        message: 'a flexible credential takes the issuer https://token.actions.githubusercontent.com only',
      },
      { level: 'note' },
    ]);
  });

  it('may be the length of an expression', async () => {
    const policy = await policyOf({ environment: { name: 'longer' } }, {});
    const longest = Math.max(...expressions(policy).map(({ length }) => length));
    expect(render(policy, { flexible: true }).problems).toEqual([
      {
        level: 'note',
        target: 'azure',
        line: 100,
        message: expect.stringContaining(`has ${longest} characters; tenants were seen to take 128`),
      },
    ]);
  });
});

function expressions(policy: Policy): readonly string[] {
  return credentials(render(policy, { flexible: true })).map(
    ({ claimsMatchingExpression: expression }) => (expression as { value: string }).value,
  );
}

function credential(name: string, more: object): object {
  return {
    name,
    issuer: 'https://token.actions.githubusercontent.com',
    audiences: ['api://AzureADTokenExchange'],
    ...more,
  };
}

function fail(): never {
  throw new Error('no rule');
}
