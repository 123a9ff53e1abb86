import { describe, expect, it } from 'vitest';
import { auditedRule, auditRule, NEVER_AUDITED } from '../../src/policy/audit.ts';
import { decide } from '../../src/policy/decide.ts';
import { codes, FULL, identity, load, NOW } from './fixture.ts';

const AUDIT = FULL.replace('serial:', 'mode: audit\nserial:');
const TWIN = FULL.slice(FULL.indexOf('  - id: prod')).replace('id: prod', 'id: twin');

async function ruleFor(text: string, claims: Parameters<typeof identity>[0]): Promise<string | undefined> {
  return auditRule((await load(text)).policy, identity(claims).claims)?.id;
}

describe('auditRule', () => {
  it('is the one rule for the ids and the environment, whatever else is wrong', async () => {
    expect(await ruleFor(AUDIT, { ref: 'refs/heads/x', event_name: 'release' })).toBe('prod');
    expect(await ruleFor(AUDIT, { repository: 'octo-org/renamed', environment: 'PROD' })).toBe('prod');
    for (const claim of ['repository_id', 'repository_owner_id', 'environment'] as const) {
      for (const value of ['7', undefined, 7])
        expect(await ruleFor(AUDIT, { [claim]: value })).toBeUndefined();
    }
    expect(await ruleFor(`${AUDIT}${TWIN}`, { ref: 'refs/heads/x' })).toBeUndefined();
    const dev = TWIN.replace('name: prod,', 'name: dev,');
    expect(await ruleFor(`${AUDIT}${dev}`, { ref: 'refs/heads/x' })).toBe('prod');
  });

  it('is none when one claim cannot be read, among others that only differ', async () => {
    for (const odd of [7, 'm\u0430in']) {
      expect(await ruleFor(AUDIT, { ref: odd, event_name: 'release', actor_id: '7' })).toBeUndefined();
    }
  });
});

describe('NEVER_AUDITED', () => {
  it.each([
    ['POLICY_EXPIRED', AUDIT, {}, {}, '2027-03-01T00:00:00Z'],
    ['DENY_LIST', `${AUDIT}deny: { actor_id: ["583231"] }\n`, {}, {}, NOW],
    ['ISSUER', AUDIT, { iss: 'x' }, {}, NOW],
    ['AUDIENCE', AUDIT, { aud: 'x' }, {}, NOW],
    ['SUB_SHAPE', AUDIT, { sub: 'x' }, {}, NOW],
    ['REQUESTED_ENVIRONMENT', AUDIT, {}, { environment: 'dev' }, NOW],
    ['AMBIGUOUS', `${AUDIT}${TWIN}`, {}, {}, NOW],
  ])('%s stops a run', async (code, text, claims, request, now) => {
    const loaded = await load(text);
    const decision = decide(loaded, identity(claims), request, new Date(now));
    expect(codes(decision)).toEqual([code]);
    expect(decision).toMatchObject({ allow: false, audit: { rule: null } });
    expect(NEVER_AUDITED).toContain(code);
    expect(auditedRule(loaded, decision)).toBeUndefined();
  });
});

describe('auditedRule', () => {
  it('is the rule of the decision, with the credentials of the job', async () => {
    const loaded = await load(AUDIT);
    const decision = decide(loaded, identity({ ref: 'refs/heads/x' }), {}, NOW);
    const [rule] = loaded.policy.rules;
    expect(rule?.credentials).toBe('federated');
    expect(auditedRule(loaded, decision)).toEqual({ ...rule, credentials: 'ambient' });
    expect(auditedRule({ ...loaded, sha256: 'x' }, decision)).toBeUndefined();
    expect(
      auditedRule({ ...loaded, policy: { ...loaded.policy, mode: 'enforce' } }, decision),
    ).toBeUndefined();
    expect(auditedRule({ ...loaded, policy: { ...loaded.policy, rules: [] } }, decision)).toBeUndefined();
    expect(auditedRule(loaded, { ...decision, allow: true })).toBeUndefined();
  });

  it('is of all rules the one that the decision names', async () => {
    const loaded = await load(
      `${AUDIT.replace('  - id: prod', `${TWIN.replace('name: prod,', 'name: dev,')}  - id: prod`)}`,
    );
    const decision = decide(loaded, identity({ ref: 'refs/heads/x' }), {}, NOW);
    expect(auditedRule(loaded, decision)).toMatchObject({ id: 'prod' });
  });
});
