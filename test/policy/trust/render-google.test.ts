import { describe, expect, it } from 'vitest';
import { principalsOf } from '../../../src/policy/trust/principals.ts';
import { renderGoogle } from '../../../src/policy/trust/render-google.ts';
import { type Case, googleRequest, OTHER_POOL, PROVIDER } from './google-policy.ts';
import { example } from './render-example.ts';

/** The files by name. */
async function files(...cases: readonly Case[]): Promise<ReadonlyMap<string, string>> {
  return new Map(renderGoogle(await googleRequest(...cases)).files.map(({ name, text }) => [name, text]));
}

const OTHER_PROJECT = PROVIDER.replace('123456789', '987654321');

describe('the commands for Google Cloud', () => {
  it('make each pool in a file of its own, with its providers alone', async () => {
    const found = await files(
      { rule: {} },
      { rule: {}, grant: { provider: OTHER_POOL } },
      { rule: {}, grant: { provider: OTHER_PROJECT } },
    );
    expect([...found.keys()]).toEqual([
      '123456789-github.sh',
      '123456789-other.sh',
      '987654321-github.sh',
      'access.sh',
    ]);
    for (const text of [...found.values()].slice(0, 3)) expect(text.match(/create-oidc/g)).toHaveLength(1);
    expect(found.get('123456789-other.sh')).toContain(
      'workload-identity-pools create other --project=123456789',
    );
  });

  it('make a pool once for all its providers, and a binding once for all its rules', async () => {
    const same = {
      rule: { environment: { name: 'same' } },
      grant: { serviceAccount: 'dbt@acme.iam.gserviceaccount.com' },
    };
    const other = { ...same, grant: { ...same.grant, provider: `${PROVIDER}-2` } };
    const [pool, access, ...more] = renderGoogle(await googleRequest(same, other)).files;
    expect([pool?.name, access?.name, more]).toEqual(['123456789-github.sh', 'access.sh', []]);
    expect(pool?.text.match(/create-oidc/g)).toHaveLength(2);
    expect(pool?.text.match(/pools create /g)).toHaveLength(1);
    expect(access?.text.match(/add-iam-policy-binding/g)).toHaveLength(1);
  });

  it('say what a token of more than an hour needs, where a service account gives it', async () => {
    const leave = async (...cases: readonly Case[]) =>
      (await files(...cases)).get('access.sh')?.includes('Extension.');
    const direct = await googleRequest({ rule: {}, grant: { lifetimeSeconds: 7200 } });
    const [principal] = direct.principals;
    const [way] = principal?.ways ?? [];
    if (principal === undefined || way?.grant.kind !== 'bigquery') throw new Error('no grant');
    expect(await leave({ rule: {}, grant: { lifetimeSeconds: 3600 } })).toBe(false);
    expect(await leave({ rule: {}, grant: { lifetimeSeconds: 3601 } })).toBe(true);
    expect(await leave({ rule: { maxTtlSeconds: 3600 }, grant: { lifetimeSeconds: 7200 } })).toBe(false);
    const same = { serviceAccount: 'dbt@acme-warehouse.iam.gserviceaccount.com' };
    const two = [
      { rule: {}, grant: { ...same, lifetimeSeconds: 600 } },
      { rule: {}, grant: { ...same, lifetimeSeconds: 7200 } },
    ];
    expect(await leave(...two)).toBe(true);
    const { serviceAccount, ...grant } = way.grant;
    expect(serviceAccount).toBeDefined();
    const ways = [{ ...way, grant }];
    const { files: written } = renderGoogle({ ...direct, principals: [{ ...principal, ways }] });
    expect(written.at(-1)?.text).toContain('roles/bigquery.jobUser');
    expect(written.at(-1)?.text).not.toContain('Extension.');
  });

  it('are none for grants of another cloud', async () => {
    const policy = await example('everything');
    const principals = principalsOf(policy, 'databricks');
    const request = { policy, principals, all: principals, options: {} };
    expect(renderGoogle(request).files.map(({ text }) => text)).toEqual([`# ${principals[0]?.name}\n`]);
  });
});
