import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkExceptions } from '../../src/evidence/audit-consistency.ts';
import { auditedBy } from '../../src/evidence/audited.ts';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import { auditedRule, NEVER_AUDITED } from '../../src/policy/audit.ts';
import { decide } from '../../src/policy/decide.ts';
import type { LoadedPolicy } from '../../src/policy/policy.ts';
import { TIMES } from '../support/long-runs.ts';
import { startedRecord } from '../support/records.ts';
import { FULL, identity, load, NOW } from './fixture.ts';

const emergency = 'break_glass: { reason: "INC-7 is down", expires: "2026-12-01T00:00:00Z" }';
const second = FULL.slice(FULL.indexOf('  - id: prod'))
  .replace('id: prod', 'id: emergency')
  .replace('ref: refs/heads/main', `ref: refs/heads/hotfix\n    ${emergency}`)
  .replace('name: prod,', 'name: dev,');
/** The policy of the fixture, alone and beside a rule for emergencies, in both modes. */
const policies = await Promise.all(
  [FULL, `${FULL}${second}`, `${FULL}deny: { actor_id: ["9"] }\n`].map(async (text) => ({
    enforced: await load(text),
    audited: await load(text.replace('serial:', 'mode: audit\nserial:')),
  })),
);

const CLAIMS: Readonly<Record<string, readonly unknown[]>> = {
  ref: ['refs/heads/main', 'refs/heads/hotfix', 'refs/heads/x', ['refs/heads/main'], undefined],
  event_name: ['push', 'schedule', 'pull_request_target'],
  environment: ['prod', 'dev', 'other', undefined],
  actor_id: ['583231', '9', 9, undefined],
  repository_id: ['456789', '1'],
  repository_owner_id: ['123456', '1'],
  runner_environment: ['github-hosted', 'self-hosted', 'o\u0441'],
  aud: ['dbt-passport/acme', 'other'],
  iss: ['https://token.actions.githubusercontent.com', 'https://token.actions.githubusercontent.com/x'],
  ref_protected: ['true', 'false', true],
};
/** An allowed token with up to three other claims. */
const claims = fc
  .subarray(Object.keys(CLAIMS), { maxLength: 3 })
  .chain((names) =>
    fc.record(Object.fromEntries(names.map((name) => [name, fc.constantFrom(...(CLAIMS[name] ?? []))]))),
  );
const now = fc.constantFrom(NOW, new Date('2026-12-02T00:00:00Z'), new Date('2027-03-01T00:00:00Z'));
const request = fc.constantFrom({}, { environment: 'prod' }, { environment: 'dev' });

/** The record of a run that goes on under the rule, or stops. */
function recordOf(
  loaded: LoadedPolicy,
  who: ReturnType<typeof identity>,
  decision: ReturnType<typeof decide>,
) {
  const record = startedRecord();
  record.keep('policy', loaded);
  record.keep('identity', who);
  record.keep('decision', decision);
  return record;
}

describe('audit mode, for any token', () => {
  it('changes no decision, lets nothing go on that concerns the whole policy, and hands out nothing', () => {
    const seen = { wentOn: 0, stopped: 0, allowed: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(...policies),
        claims,
        now,
        request,
        ({ enforced, audited }, change, at, asks) => {
          const who = identity(change);
          const strict = decide(enforced, who, asks, at);
          const decision = decide(audited, who, asks, at);
          const said = (of: typeof decision) => [
            of.allow,
            of.rule,
            of.nearest,
            of.reasons.map(({ code }) => code),
          ];
          expect(said(decision)).toEqual(said(strict));

          const rule = auditedRule(audited, decision);
          expect(auditedRule(enforced, strict)).toBeUndefined();
          expect(rule?.id ?? null).toBe(auditedBy({ status: 'succeeded', decision }));
          if (rule === undefined) seen[decision.allow ? 'allowed' : 'stopped'] += 1;
          else {
            seen.wentOn += 1;
            // The reasons that people read are those of the rule whose limits hold.
            expect(decision).toMatchObject({ allow: false, nearest: rule.id });
            expect(rule).toMatchObject({ id: 'prod', credentials: 'ambient' });
            expect(decision.reasons.filter(({ code }) => NEVER_AUDITED.includes(code))).toEqual([]);
          }
          const predicate = buildPredicate(recordOf(audited, who, decision));
          expect(predicate.audit?.rule).toBe(rule?.id);
          // The record begins before its rule ends, as the decision is made in it.
          expect(() => checkExceptions({ ...predicate, startedAt: at.toISOString() })).not.toThrow();
        },
      ),
      { numRuns: 700 * TIMES },
    );
    expect(Math.min(seen.wentOn, seen.stopped, seen.allowed), JSON.stringify(seen)).toBeGreaterThan(0);
  });
});
