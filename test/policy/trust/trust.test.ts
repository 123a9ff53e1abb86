import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shownClaim } from '../../../src/identity/claims.ts';
import type { AwsRole } from '../../../src/policy/grant-types.ts';
import { awsChainTrust, awsTrust } from '../../../src/policy/trust/aws.ts';
import { accepts, type CloudTrust } from '../../../src/policy/trust/clauses.ts';
import { databricksTrust } from '../../../src/policy/trust/databricks.ts';
import { googleCondition, googleProvider, googleTrust } from '../../../src/policy/trust/google.ts';
import { oauthTrust } from '../../../src/policy/trust/oauth.ts';
import { snowflakeTrust } from '../../../src/policy/trust/snowflake.ts';
import { ruleSubjects } from '../../../src/policy/trust/subjects.ts';
import { TIMES } from '../../support/long-runs.ts';
import { identity } from '../fixture.ts';
import { ofKind, type Scope, scopeOf } from './scope.ts';

const GLOB = ['ref: refs/heads/main', 'ref: { glob: "refs/tags/v*-prod" }'] as const;
const ANY_SHAPE = ['sub_template: immutable\n', ''] as const;
const LIST = ['ref: refs/heads/main', 'ref: { one_of: [refs/heads/main, refs/heads/live] }'] as const;

describe('the trust of a rule', () => {
  it.each([
    ['athena', 'aws.json', []],
    ['athena', 'aws-two-shapes-and-refs.json', [ANY_SHAPE, LIST]],
    ['bigquery', 'google.sh', []],
    ['delegated', 'google-delegates.sh', []],
    ['direct', 'google-direct.sh', [GLOB]],
    ['snowflake', 'snowflake.sql', []],
    ['snowflake', 'snowflake-two-shapes.sql', [ANY_SHAPE]],
    ['snowflakeAws', 'snowflake-aws.sql', []],
    ['databricks', 'databricks.sh', []],
    ['snowflakeOauth', 'oauth.json', [ANY_SHAPE]],
  ] as const)('for %s looks as it did in %s', async (name, file, changes) => {
    const { statement } = trustOf(
      await scopeOf(name, ...changes.map(([from, to]): [string, string] => [from, to])),
    );
    await expect(`${statement}\n`).toMatchFileSnapshot(`golden/${file}`);
    if (file.endsWith('.json')) expect(() => JSON.parse(statement)).not.toThrow();
  });

  it('takes the token that the rule allows, when the reusable workflow is called by its commit', async () => {
    const ref = 'octo-sec/workflows/.github/workflows/dbt.yml@9a8b7c6d5e4f30213243546576879809a8b7c6d5';
    const { claims } = identity({ job_workflow_ref: ref });
    for (const name of ['athena', 'bigquery', 'snowflake', 'databricks'] as const) {
      const { checked, unchecked } = trustOf(await scopeOf(name));
      const refused = checked.filter(
        (clause) => clause.claim !== 'aud' && !accepts(clause, shownClaim(claims, clause.claim)),
      );
      expect(refused).toEqual([]);
      expect(checked.length + unchecked.length).toBeGreaterThanOrEqual(14);
    }
  });

  it('leaves a pattern of refs to the action on AWS, where a wildcard would cross separators', async () => {
    const scope = await scopeOf('athena', [...GLOB]);
    const { checked, unchecked, statement } = trustOf(scope);
    expect(checked.map(({ claim }) => claim)).not.toContain('ref');
    expect(unchecked.map(({ claim }) => claim)).toContain('ref');
    expect(statement).not.toMatch(/StringLike|ForAllValues|\*/);
    expect(googleCondition(scope, ofKind(await scopeOf('direct'), 'bigquery'))).toContain(
      'assertion.ref.matches("^refs/tags/v[A-Za-z0-9._-]+-prod$")',
    );
  });

  it('names the issuer of an enterprise and the partition of the role', async () => {
    const scope = await scopeOf(
      'athena',
      [
        'issuer: https://token.actions.githubusercontent.com',
        'issuer: https://token.actions.githubusercontent.com/acme',
      ],
      ['arn:aws:iam::111122223333', 'arn:aws-us-gov:iam::111122223333'],
    );
    const { Statement } = JSON.parse(trustOf(scope).statement);
    expect(Statement[0].Principal.Federated).toBe(
      'arn:aws-us-gov:iam::111122223333:oidc-provider/token.actions.githubusercontent.com/acme',
    );
    expect(Object.keys(Statement[0].Condition.StringEquals)[0]).toBe(
      'token.actions.githubusercontent.com/acme:aud',
    );
  });

  it('writes no trust without an exact subject', async () => {
    const open = ['sub_template: immutable', 'sub_template: [repo, ref]'] as const;
    for (const name of ['athena', 'snowflake', 'databricks', 'snowflakeOauth'] as const) {
      expect(trustOf(await scopeOf(name, [...open], [...GLOB])).statement).toBe('');
    }
  });
});

describe('ruleSubjects', () => {
  it.each([
    [[], ['repo:octo-org@123456/jaffle-shop@456789:environment:prod']],
    [
      [ANY_SHAPE],
      [
        'repo:octo-org/jaffle-shop:environment:prod',
        'repo:octo-org@123456/jaffle-shop@456789:environment:prod',
      ],
    ],
    [
      [['sub_template: immutable', 'sub_template: [repository_id, ref]'], LIST],
      ['repository_id:456789:ref:refs/heads/main', 'repository_id:456789:ref:refs/heads/live'],
    ],
    [
      [['sub_template: immutable', 'sub_template: [environment, job_workflow_ref]']],
      [
        'environment:prod:job_workflow_ref:octo-sec/workflows/.github/workflows/dbt.yml@9a8b7c6d5e4f30213243546576879809a8b7c6d5',
      ],
    ],
    [[['sub_template: immutable', 'sub_template: [repo, workflow]']], []],
    [[['sub_template: immutable', 'sub_template: [repo, ref]'], GLOB], []],
  ] as const)('of %j are %j', async (changes, subjects) => {
    const scope = await scopeOf('duckdb', ...changes.map(([from, to]): [string, string] => [from, to]));
    expect(ruleSubjects(scope)).toEqual(subjects);
  });
});

/** What a policy cannot hold and a renderer must survive all the same. */
const HOSTILE = fc.oneof(
  fc.constantFrom(
    "'; DROP USER x; --",
    '"',
    '\\',
    "\\'",
    '$(id)',
    '`id`',
    '\n::set-output',
    '"}',
    "'''",
    '\u2028',
    '\\"',
    '${x}',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

describe('a statement, whatever its values are,', () => {
  it('is JSON on AWS and holds the values as they are', async () => {
    const scope = await scopeOf('athena');
    fc.assert(
      fc.property(HOSTILE, HOSTILE, (environment, audience) => {
        const trust = awsTrust(withEnvironment(scope, environment), { ...roleOf(scope), audience });
        if (trust.statement === '') return;
        const { Statement } = JSON.parse(trust.statement);
        expect(Statement[0].Condition.StringEquals['token.actions.githubusercontent.com:aud']).toBe(audience);
        expect(linesOf(trust)).toBeLessThan(40);
        expect(
          JSON.parse(awsChainTrust({ ...roleOf(scope), chain: { roleArn: 'x', externalId: audience } }))
            .Statement,
        ).toHaveLength(1);
      }),
    );
  });

  it('is one command of a shell on Google Cloud', async () => {
    const scope = await scopeOf('bigquery');
    const grant = ofKind(scope, 'bigquery');
    fc.assert(
      fc.property(HOSTILE, HOSTILE, (environment, audience) => {
        const command = googleProvider(withEnvironment(scope, environment), { ...grant, audience });
        const words = shellWords(command);
        expect(words.slice(0, 6)).toEqual([
          'gcloud',
          'iam',
          'workload-identity-pools',
          'providers',
          'update-oidc',
          'dbt-prod',
        ]);
        expect(words).toHaveLength(13);
        const condition = words.at(-1)?.replace('--attribute-condition=', '') ?? '';
        expect(condition.replace(/"(?:[^"\\]|\\.)*"/g, '""').split('&&').length).toBeLessThanOrEqual(14);
      }),
      { numRuns: 14 * TIMES },
    );
  });

  it('ends no SQL text early on Snowflake', async () => {
    const scope = await scopeOf('snowflake');
    const grant = ofKind(scope, 'snowflake');
    fc.assert(
      fc.property(HOSTILE, HOSTILE, HOSTILE, (environment, audience, user) => {
        const trust = snowflakeTrust(withEnvironment(scope, environment), {
          ...grant,
          user: ` ${user}`,
          login: { route: 'relay', audience },
        });
        if (trust.statement === '') return;
        const bare = trust.statement
          .replace(/'(?:[^'\\\n]|\\.|'')*'/g, "''")
          .replace(/"(?:[^"\n]|"")*"/g, 'QUOTED');
        expect(bare.split('\n')).toEqual([
          'CREATE USER IF NOT EXISTS QUOTED TYPE=SERVICE DEFAULT_ROLE=DBT_PROD DEFAULT_SECONDARY_ROLES=();',
          'ALTER USER QUOTED ADD WORKLOAD IDENTITY prod TYPE=OIDC',
          "  ISSUER=''",
          "  SUBJECT=''",
          "  OIDC_AUDIENCE_LIST=('');",
          'GRANT ROLE DBT_PROD TO USER QUOTED;',
        ]);
      }),
    );
  });

  it('is one argument of JSON on Databricks, and JSON for an identity provider', async () => {
    const scope = await scopeOf('databricks');
    const grant = ofKind(scope, 'databricks');
    fc.assert(
      fc.property(HOSTILE, HOSTILE, (audience, clientId) => {
        const { statement } = databricksTrust(scope, { ...grant, audience, clientId });
        const json = shellWords(statement).at(-1) ?? '';
        expect(JSON.parse(json).oidc_policy.audiences).toHaveLength(1);
        expect(statement.split('\n')).toHaveLength(2);
        const exchange = { tokenUrl: 'https://x.test/t', grantType: 'jwt-bearer', audience } as const;
        expect(JSON.parse(oauthTrust(scope, exchange).statement).audiences).toEqual([audience]);
      }),
      { numRuns: 14 * TIMES },
    );
  });
});

function trustOf(scope: Scope): CloudTrust {
  const { grant } = scope;
  if (grant.kind === 'athena') return awsTrust(scope, grant.aws);
  if (grant.kind === 'bigquery') return googleTrust(scope, grant);
  if (grant.kind === 'databricks') return databricksTrust(scope, grant);
  if (grant.kind !== 'snowflake') throw new Error(`no trust for ${grant.kind}`);
  return grant.login.route === 'oauth' ? oauthTrust(scope, grant.login.oauth) : snowflakeTrust(scope, grant);
}

function roleOf(scope: Scope): AwsRole {
  return ofKind(scope, 'athena').aws;
}

function withEnvironment(scope: Scope, name: string): Scope {
  return { ...scope, rule: { ...scope.rule, environment: { name } } };
}

function linesOf({ statement }: CloudTrust): number {
  return statement.split(/[\n\r\u2028\u2029]/).length;
}

/** The words of a command as a shell reads them. */
function shellWords(command: string): readonly string[] {
  const script = `set -f\nprint() { printf '%s\\0' "$@"; }\n${command.replace(/^(gcloud|databricks)/gm, 'print $1')}`;
  return execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}
