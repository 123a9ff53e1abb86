import { describe, expect, it } from 'vitest';
import { openLineageEvents } from '../../src/lineage/openlineage.ts';
import { AUDITED } from '../support/audit-records.ts';
import { eventFaults } from '../support/openlineage-schema.ts';
import * as records from '../support/records.ts';
import { events, input, node, run } from './project.ts';

const runs = [run([node('model.shop.orders')], [records.nodeResult('model.shop.orders')])];

describe('dbtPassport_identity', () => {
  it('is on every event and says who, by the verified token, and under which rule', () => {
    const facets = events(runs).map((event) => event.run.facets['dbtPassport_identity']);
    expect(facets).toHaveLength(4);
    for (const facet of facets) {
      expect(facet).toMatchObject({
        _schemaURL: 'https://dbt-passport.github.io/schema/identity-run-facet-1-0-0.json',
        repository: 'acme/jaffle-shop',
        repositoryId: '704512345',
        environment: 'production',
        actor: 'dana-data',
        runUrl: 'https://github.com/acme/jaffle-shop/actions/runs/19182736455/attempts/1',
        tokenSha256: records.identity().token.sha256,
        traceId: records.TRACE.traceId,
        policySha256: records.POLICY_SHA256,
        policyRule: 'nightly-main',
      });
    }
  });

  it('names the rule that set the limits of a run that audit mode let go on, and none that allowed it', () => {
    const all = openLineageEvents(input(runs, { decision: AUDITED }));
    expect(all.flatMap(eventFaults)).toEqual([]);
    expect(all).toHaveLength(4);
    for (const event of all) {
      expect(event).toHaveProperty('run.facets.dbtPassport_identity.auditedRule', 'nightly-main');
      expect(event).not.toHaveProperty('run.facets.dbtPassport_identity.policyRule');
    }
    expect(JSON.stringify(openLineageEvents(input(runs)))).not.toContain('auditedRule');
  });

  it.each([
    ['very long', 'x'.repeat(100_000)],
    ['full of control characters', '\u001b[31m\n\u2028::warning::\ud800'],
    ['not text', { toString: 'no' }],
  ])('holds with a claim that is %s', (_, value) => {
    const identity = records.identity({ actor: value, ref: value, repository: value });
    const all = openLineageEvents(input(runs, { identity }));
    expect(all.flatMap(eventFaults)).toEqual([]);
    expect(JSON.stringify(all)).not.toContain('runUrl');
    expect(JSON.stringify(all).length).toBeLessThan(40_000);
  });
});
