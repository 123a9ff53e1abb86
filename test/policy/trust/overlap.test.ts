import { describe, expect, it } from 'vitest';
import { driftOf } from '../../../src/policy/drift/drift.ts';
import { trustLimits } from '../../../src/policy/trust/limits.ts';
import { TARGETS } from '../../../src/policy/trust/model.ts';
import { renderTrust } from '../../../src/policy/trust/render.ts';
import { load, SMALLEST } from '../fixture.ts';

const OPTIONS = { audience: 'https://keycloak.example/realms/dbt', principal: 'app' };
/** A second rule of the smallest policy, for the same environment in other letters. */
const two = (more: string) =>
  `${SMALLEST}  - { id: second, repository: shop, environment: Prod, grants: [warehouse], ${more} }\n`;
const OVERLAP = two('ref: { glob: "refs/heads/m*" }');
const APART = two('ref: { glob: "refs/heads/n*" }');

describe.each(TARGETS)('two rules that take one token, on %s,', (target) => {
  const refusal = expect.objectContaining({
    code: 'ERR_POLICY_INVALID',
    message: expect.stringMatching(
      /^two rules take one token: rule second and rule prod \(line 9\) both hold for .*ref=refs\/heads\/main ref_type=branch$/,
    ),
  });

  it('are neither rendered nor compared, whichever grant is asked for', async () => {
    const loaded = await load(OVERLAP);
    expect(() => renderTrust(loaded.policy, target, OPTIONS)).toThrow(refusal);
    expect(() => renderTrust(loaded.policy, target, { ...OPTIONS, grant: 'warehouse' })).toThrow(refusal);
    expect(() => driftOf(loaded, target, [{ name: 'x', text: '{}' }], OPTIONS)).toThrow(refusal);
  });

  it('are rendered when no token can be taken by both', async () => {
    const loaded = await load(APART);
    expect(renderTrust(loaded.policy, target, OPTIONS).target).toBe(target);
    expect(driftOf(loaded, target, [{ name: 'x', text: '{}' }], OPTIONS).target).toBe(target);
  });
});

it('every such rule is counted', async () => {
  const third =
    '  - { id: third, repository: shop, environment: prod, grants: [warehouse], ref: refs/heads/main }\n';
  const { policy } = await load(OVERLAP + third);
  expect(() => renderTrust(policy, 'vault', OPTIONS)).toThrow(/, and 1 more such rules$/);
});

it('the linter tells of limits all the same', async () => {
  const rules = [...Array(11).keys()].map(
    (at) =>
      `  - { id: r${at}, repository: shop, environment: e${at}, ref: refs/heads/main, grants: [warehouse] }\n`,
  );
  const text = OVERLAP.replace(
    '{ kind: duckdb, path: jaffle.duckdb }',
    '{ kind: snowflake, account: a, user: U, role: R, warehouse: W, database: D, schema: S, audience: x }',
  );
  const { policy } = await load(text + rules.join(''));
  expect(trustLimits(policy)).toMatchObject([
    { target: 'snowflake', message: expect.stringContaining('at most 10') },
  ]);
});
