import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Policy } from '../../../src/policy/policy.ts';
import { claimsFunction } from '../../../src/policy/trust/kong-function.ts';
import { accepts } from '../../../src/policy/trust/model.ts';
import { modelOf } from '../../../src/policy/trust/model-of.ts';
import { principalsOf } from '../../../src/policy/trust/principals.ts';
import { renderTrust } from '../../../src/policy/trust/render.ts';
import { githubClaims } from '../../support/claims.ts';
import { FULL, load } from '../fixture.ts';

const HARNESS = join(import.meta.dirname, 'kong-function.lua');
const SUB = 'repo:octo-org@123456/jaffle-shop@456789:environment:prod';
const AUDIENCE = 'kong.acme';
const lua = ['luajit', 'lua5.1'].find(
  (program) => spawnSync(program, ['-e', 'require "cjson.safe"'], { stdio: 'ignore' }).status === 0,
);
const reason = lua === undefined ? ' (no luajit or lua5.1 with lua-cjson on this machine)' : '';

/** What the function says of each Authorization header. */
function answers(policy: Policy, headers: readonly string[]): readonly string[] {
  const text = renderTrust(policy, 'kong', { audience: AUDIENCE }).files[0]?.text ?? '';
  const { services } = parse(text) as { services: { plugins: { config: { access: string[] } }[] }[] };
  const folder = mkdtempSync(join(tmpdir(), 'kong-function-'));
  try {
    writeFileSync(join(folder, 'access.lua'), services[0]?.plugins[0]?.config.access[0] ?? '');
    const input = headers.map((header) => `${header}\n`).join('');
    const said = execFileSync(lua ?? '', [HARNESS, join(folder, 'access.lua')], { input }).toString();
    return said.trimEnd().split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const segment = (text: string) => Buffer.from(text).toString('base64url');
const bearer = (payload: string) => `Bearer ${segment('{"alg":"RS256"}')}.${segment(payload)}.c2ln`;
const token = (claims: object = {}) =>
  bearer(
    JSON.stringify({ ...githubClaims(), sub: SUB, aud: AUDIENCE, job_workflow_ref: AT_COMMIT, ...claims }),
  );
/** The reusable workflow by the commit of the rule: Kong compares the whole text. */
const AT_COMMIT = `octo-sec/workflows/.github/workflows/dbt.yml@${'9a8b7c6d5e4f30213243546576879809a8b7c6d5'}`;

describe.skipIf(lua === undefined)(`the pre-function of Kong${reason}`, () => {
  it('lets the token of the rule through, and no other', async () => {
    const { policy } = await load(FULL);
    const refused = {
      audience: token({ aud: 'dbt-passport/acme' }),
      audiences: token({ aud: [AUDIENCE, 'x'] }),
      issuer: token({ iss: 'https://token.actions.githubusercontent.com.evil.example' }),
      environment: token({ sub: SUB.replace('prod', 'ci'), environment: 'ci' }),
      repository: token({ repository_id: '1' }),
      number: token({ repository_id: 456789 }),
      branch: token({ ref: 'refs/heads/main2' }),
      missing: token({ ref_protected: undefined }),
      none: token({ actor_id: null }),
    };
    expect(answers(policy, [token(), ...Object.values(refused)])).toEqual([
      'passed',
      ...Object.values(refused).map(() => '403'),
    ]);
  });

  it('takes nothing but one bearer token with a JSON object', async () => {
    const { policy } = await load(FULL);
    const good = token();
    const odd = [
      '',
      'Bearer',
      `${good}, ${good}`,
      `Basic ${good}`,
      good.replace('Bearer', 'bearer'),
      ` ${good}`,
      `${good}=`,
      'Bearer a.b',
      'Bearer a.!.c',
      bearer('[]x'),
      bearer('"text"'),
      bearer('1'),
    ];
    expect(answers(policy, odd)).toEqual(odd.map(() => '401'));
  });

  it('says once what two rules ask alike', async () => {
    const other = FULL.slice(FULL.indexOf('  - id: prod'))
      .replace('id: prod', 'id: apps')
      .replace('grants:', 'actor_class: app\n    grants:');
    const text =
      FULL.replace('    grants: [warehouse]', '    actor_class: human\n    grants: [warehouse]') + other;
    const { policy } = await load(text);
    const [file] = renderTrust(policy, 'kong', { audience: AUDIENCE }).files;
    expect(policy.rules).toHaveLength(2);
    expect(file?.text.match(/claim = "iss"/g)).toHaveLength(1);
  });

  it('takes no name that begins with a dot where a star begins a part of a ref', async () => {
    const { policy } = await load(
      FULL.replace('ref: refs/heads/main', 'ref: { glob: refs/heads/release/* }'),
    );
    const refs = ['x.y', '-x', '.x', '', 'a/b'].map((name) => token({ ref: `refs/heads/release/${name}` }));
    const longer = token({ ref: 'refs/heads/refs/heads/release/x' });
    expect(answers(policy, [...refs, longer])).toEqual(['passed', 'passed', '403', '403', '403', '403']);
  });

  it('compares as the model does, for lists, patterns and a deny list', async () => {
    const text = FULL.replace('ref: refs/heads/main', 'ref: { glob: refs/heads/rel-*/v*x }')
      .replace('    actor_id: "583231"\n', '')
      .concat('deny:\n  actor_id: ["666"]\n');
    const { policy } = await load(text);
    const model = modelOf(policy, 'kong', 'warehouse', { audience: AUDIENCE });
    const ref = fc.oneof(
      fc.constantFrom(
        'refs/heads/rel-1/v1x',
        'refs/heads/rel-/v1x',
        'refs/heads/rel-.1/v.x',
        'refs/heads/rel-1/.v1x',
      ),
      fc.stringMatching(/^refs\/heads\/rel-[a.x/-]{1,4}\/v[.ax%\n-]{0,4}x$/),
    );
    const claims = fc.record({
      ref,
      actor_id: fc.constantFrom('583231', '666', '0', '6661', 'x', 666, undefined, '666\n'),
      event_name: fc.constantFrom('push', 'push', 'schedule', 'Push'),
      environment: fc.constantFrom('prod', 'prod', 'Prod'),
    });
    const samples = fc.sample(claims, { numRuns: 2_000, seed: 7 });
    const given = samples.map((sample) => ({
      ...githubClaims(),
      sub: SUB,
      aud: AUDIENCE,
      job_workflow_ref: AT_COMMIT,
      ...sample,
    }));
    const expected = given.map((sample) => accepts(model, new Map(Object.entries(sample))));
    expect(new Set(expected)).toEqual(new Set([true, false]));
    expect(answers(policy, samples.map(token))).toEqual(expected.map((taken) => (taken ? 'passed' : '403')));
  });
});

it('a check that Lua has no pattern for is not left out', async () => {
  const { policy } = await load(FULL);
  const [principal] = principalsOf(policy, 'kong', { audience: AUDIENCE });
  const [way] = principal?.ways ?? [];
  if (way === undefined) throw new Error('no way');
  const checked = [{ claim: 'job_workflow_ref', kind: 'prefix', prefix: 'a@' } as const];
  expect(() => claimsFunction([{ ...way, checked }])).toThrow('Kong has no check for prefix');
});
