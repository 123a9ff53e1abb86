import { expect, it } from 'vitest';
import type { Policy, Rule } from '../../../src/policy/policy.ts';
import { renderTrust } from '../../../src/policy/trust/render.ts';
import { example, fileOf } from './render-example.ts';

const CLIENT = '5b3f2c1a-0d9e-4a7b-8c6d-1e2f3a4b5c6d';

async function rendered(...rules: readonly Partial<Rule>[]) {
  const policy = await example('everything');
  const rule = policy.rules.find(({ id }) => id === 'databricks');
  if (rule === undefined) throw new Error('another policy');
  const given = rules.map((more, at) => ({
    ...rule,
    id: `r${at}`,
    line: 100 + at,
    environment: { name: `e${at}` },
    ...more,
  }));
  return renderTrust({ ...policy, rules: given } satisfies Policy, 'databricks');
}

const written = (environment: string) => ({
  oidc_policy: {
    issuer: 'https://token.actions.githubusercontent.com',
    audiences: ['dbt-dbx.acme'],
    subject: `repo:octo-org@123456/jaffle-shop@456789:environment:${environment}`,
    subject_claim: 'sub',
  },
});

it('a service principal has a policy for each subject, which rules may share', async () => {
  const tag = { ref: { kind: 'equals', value: 'refs/tags/x' } } as const;
  const same = { environment: { name: "it's" } };
  const result = await rendered(same, { ...same, ...tag }, {});
  expect(result.files.map(({ name }) => name)).toEqual([`${CLIENT}.json`, `${CLIENT}.sh`]);
  expect(fileOf(result, '.json')).toBe(`${JSON.stringify([written("it's"), written('e2')], null, 2)}\n`);
  const create = 'databricks account service-principal-federation-policy create SERVICE_PRINCIPAL_ID --json';
  expect(fileOf(result, '.sh')).toBe(
    [
      `# SERVICE_PRINCIPAL_ID: the number of the service principal with application id ${CLIENT}`,
      `${create} '${JSON.stringify(written("it's")).replaceAll("'", "'\\''")}'`,
      `${create} '${JSON.stringify(written('e2'))}'`,
      '',
    ].join('\n'),
  );
  expect(result.problems).toEqual([]);
});

it('Databricks would refuse a 21st policy, and a subject of more than 1,024 characters', async () => {
  expect((await rendered(...Array(20).fill({}))).problems).toEqual([]);
  expect((await rendered(...Array(21).fill({}))).problems).toEqual([
    {
      level: 'error',
      target: 'databricks',
      line: 100,
      message: expect.stringMatching(
        new RegExp(`^service principal ${CLIENT} would have 21 federation policies, at most 20 are taken`),
      ),
    },
  ]);
  const fits = 1024 - written('').oidc_policy.subject.length;
  expect((await rendered({ environment: { name: 'e'.repeat(fits) } })).problems).toEqual([]);
  expect((await rendered({ environment: { name: 'e'.repeat(fits + 1) } })).problems).toMatchObject([
    { level: 'error', target: 'databricks', line: 100, message: expect.stringContaining('1025 characters') },
  ]);
});
