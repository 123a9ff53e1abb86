import { describe, expect, it } from 'vitest';
import { stampsOf } from '../../src/dbt/stamps.ts';
import { identity, RUN_CONTEXT, TRACE } from '../support/records.ts';

const source = {
  context: RUN_CONTEXT,
  trace: TRACE,
  facts: { identity: identity({ environment: 'production' }) },
};

describe('stampsOf', () => {
  it('says who runs, under the names that dbt copies into its artifacts', () => {
    const stamps = stampsOf(source);
    expect(Object.keys(stamps).every((name) => name.startsWith('DBT_ENV_CUSTOM_ENV_'))).toBe(true);
    expect(stamps).toMatchObject({
      DBT_ENV_CUSTOM_ENV_TRACE_ID: TRACE.traceId,
      DBT_ENV_CUSTOM_ENV_ACTOR: RUN_CONTEXT.actor,
      DBT_ENV_CUSTOM_ENV_SHA: RUN_CONTEXT.sha,
      DBT_ENV_CUSTOM_ENV_ENVIRONMENT: 'production',
      DBT_ENV_CUSTOM_ENV_RUN_URL: `${RUN_CONTEXT.serverUrl}/${RUN_CONTEXT.repository}/actions/runs/${RUN_CONTEXT.runId}/attempts/${RUN_CONTEXT.runAttempt}`,
    });
  });

  it('cannot close the comment of a query or break a line', () => {
    const stamps = stampsOf({ ...source, context: { ...RUN_CONTEXT, actor: '*/ drop table x; --\n*/' } });
    expect(stamps['DBT_ENV_CUSTOM_ENV_ACTOR']).toBe('* / drop table x; --\\u000a* /');
  });
});
