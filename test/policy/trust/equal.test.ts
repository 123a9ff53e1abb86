import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrustOptions } from '../../../src/policy/trust/capability.ts';
import type { Accepted, Alternative, Target } from '../../../src/policy/trust/model.ts';
import { accepts } from '../../../src/policy/trust/model.ts';
import { modelOf } from '../../../src/policy/trust/model-of.ts';
import { principalsOf } from '../../../src/policy/trust/principals.ts';
import { TIMES } from '../../support/long-runs.ts';
import { cel } from './cel.ts';
import { example, fileOf, rendered, SHAPES } from './render-example.ts';

type Token = Readonly<Record<string, string>>;

/** Values that no rule names, or only another one. */
const NOISE = [
  '',
  'x',
  'main',
  'refs/heads/main',
  'refs/tags/v1.2-prod',
  'refs/tags/v.2-prod',
  'refs/heads/release/.x',
];
const MORE = [
  'refs/heads/release/1.2',
  'refs/heads/release/a/b',
  'prod',
  'PROD',
  'ci',
  '99',
  '0123',
  '456789',
  'é',
  'a\nb',
];

/** Some value that is accepted. */
function some(accepted: Accepted): string {
  if (accepted.kind === 'values') return accepted.values.at(-1) ?? '';
  if (accepted.kind === 'prefix') return `${accepted.prefix}refs/tags/v1`;
  return accepted.kind === 'pattern' ? accepted.pattern.replaceAll('*', '1') : '7';
}

function tokenOf(alternative: Alternative): Token {
  return {
    ...Object.fromEntries([...alternative].map(([claim, accepted]) => [claim, some(accepted)])),
    run_id: '1',
    run_attempt: '1',
  };
}

/** A token that an alternative takes, with up to two claims that are missing, odd or another alternative's. */
function tokens(alternatives: readonly Alternative[]): fc.Arbitrary<Token> {
  const good = alternatives.map(tokenOf);
  const claims = [...new Set(good.flatMap(Object.keys))].filter((claim) => !claim.startsWith('run_'));
  const value = fc.oneof(
    fc.constantFrom(...NOISE, ...MORE),
    fc.constantFrom(...good.flatMap((token) => Object.values(token))),
    fc.constant(undefined),
  );
  const change = fc.tuple(fc.constantFrom(...claims), value);
  return fc.tuple(fc.constantFrom(...good), fc.array(change, { maxLength: 2 })).map(([token, changes]) => {
    const changed = { ...token, ...Object.fromEntries(changes) };
    return Object.fromEntries(
      Object.entries(changed).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
  });
}

/** What is written takes the tokens that the model takes, and no other. */
async function equals(
  target: Target,
  shape: keyof typeof SHAPES,
  grant: string,
  reading: (token: Token) => boolean,
  options: TrustOptions = {},
): Promise<void> {
  const policy = await example('everything', ...SHAPES[shape]);
  const model = modelOf(policy, target, grant, options);
  const all = principalsOf(policy, target, options).flatMap(({ ways }) =>
    ways.map(
      ({ checked }): Alternative => new Map(checked.map(({ claim, ...accepted }) => [claim, accepted])),
    ),
  );
  expect(model.length).toBeGreaterThan(0);
  for (const alternative of model) expect(reading(tokenOf(alternative))).toBe(true);
  fc.assert(
    fc.property(tokens(all), (token) => {
      expect(reading(token)).toBe(accepts(model, new Map(Object.entries(token))));
    }),
    { numRuns: Number(process.env['DBT_PASSPORT_RUNS'] ?? 100 * TIMES) },
  );
}

const shapes = Object.keys(SHAPES) as (keyof typeof SHAPES)[];

describe('what is written is the model', () => {
  it.each(shapes)('on AWS, with a sub that is %s', async (shape) => {
    const text = fileOf(await rendered('everything', 'aws', {}, ...SHAPES[shape]), 'dbt-athena.trust.json');
    const statements: readonly {
      Principal: { Federated: string };
      Condition: { StringEquals: Record<string, string | string[]> };
    }[] = JSON.parse(text).Statement;
    await equals('aws', shape, 'athena', (token) =>
      statements.some(({ Principal, Condition }) => {
        const issuer = Principal.Federated.split(':oidc-provider/')[1] ?? '';
        if (token['iss'] !== `https://${issuer}`) return false;
        return Object.entries(Condition.StringEquals).every(([key, wanted]) => {
          const value = token[key.slice(issuer.length + 1)];
          return value !== undefined && [wanted].flat().includes(value);
        });
      }),
    );
  });

  it.each(
    shapes.flatMap((shape) =>
      (['bigquery', 'bigquery_direct'] as const).map((grant) => [grant, shape] as const),
    ),
  )('on Google Cloud for %s, with a sub that is %s', async (grant, shape) => {
    const result = await rendered('everything', 'gcp', {}, ...SHAPES[shape]);
    const provider = fileOf(result, 'github.sh');
    const condition = cel(/--attribute-condition='([^']*)'/.exec(provider)?.[1] ?? '');
    const audiences = /--allowed-audiences=(\S+)/.exec(provider)?.[1]?.split(',') ?? [];
    const mapping = (/--attribute-mapping='([^']*)'/.exec(provider)?.[1] ?? '').split(',').map((entry) => {
      const [name = '', ...expression] = entry.split('=');
      return [name, cel(expression.join('='))] as const;
    });
    const [account = '', dataset = ''] = fileOf(result, 'access.sh').split('\n\n');
    const bindings = grant === 'bigquery' ? account : dataset;
    const members = [...bindings.matchAll(/--member=principalSet:\S+\/(attribute\.\w+)\/(\S+)/g)];
    expect(members.length).toBeGreaterThan(0);
    await equals('gcp', shape, grant, (token) => {
      if (token['iss'] !== 'https://token.actions.githubusercontent.com') return false;
      if (!audiences.includes(token['aud'] ?? '') || condition(token) !== true) return false;
      const mapped = mapping.map(([name, expression]) => [name, expression(token)] as const);
      if (mapped.some(([, value]) => typeof value !== 'string')) return false;
      return members.some(([, name, value]) => mapped.some((one) => one[0] === name && one[1] === value));
    });
  });

  it.each(shapes)('on Snowflake, with a sub that is %s', async (shape) => {
    const sql = fileOf(await rendered('everything', 'snowflake', {}, ...SHAPES[shape]), 'acme-eu.sql');
    const identities = [
      ...sql.matchAll(
        /USER DBT_PROD ADD .*\n\s+ISSUER='(.*)'\n\s+SUBJECT='(.*)'\n\s+OIDC_AUDIENCE_LIST=\('(.*)'\)/g,
      ),
    ];
    await equals('snowflake', shape, 'snowflake', ({ iss, sub, aud }) =>
      identities.some(
        ([, issuer, subject, audience]) => iss === issuer && sub === subject && aud === audience,
      ),
    );
  });

  it.each(shapes)('on Vault, with a sub that is %s', async (shape) => {
    const { files } = await rendered('everything', 'vault', {}, ...SHAPES[shape]);
    const roles = files
      .filter(({ name }) => /^athena-.*json$/.test(name))
      .map(({ text }) => JSON.parse(text));
    expect(roles).toHaveLength(3);
    await equals(
      'vault',
      shape,
      'athena',
      (token) =>
        token['iss'] === 'https://token.actions.githubusercontent.com' &&
        roles.some(
          ({ bound_audiences: audiences, bound_claims: claims }) =>
            audiences.includes(token['aud']) &&
            Object.entries<readonly string[]>(claims).every(([claim, values]) => {
              const value = token[claim];
              return value !== undefined && values.includes(value);
            }),
        ),
      { audience: 'vault.acme' },
    );
  });
});
