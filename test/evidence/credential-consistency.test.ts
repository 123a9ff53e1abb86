import { describe, expect, it } from 'vitest';
import { buildPredicate } from '../../src/evidence/build-predicate.ts';
import { checkCredentials } from '../../src/evidence/credential-consistency.ts';
import type { DbtRunPredicate } from '../../src/evidence/predicate.ts';
import { ambientRecord, authOnlyRecord, credential, renewedRecord } from '../support/credential-records.ts';
import { deniedRecord, succeededRecord } from '../support/records.ts';

const renewed = () => buildPredicate(renewedRecord());
const changed = (change: Partial<DbtRunPredicate>) => () => checkCredentials({ ...renewed(), ...change });

describe('the credentials against the rest of the record', () => {
  it.each([
    ['renewed for hours', renewedRecord, '61 issued for this run; static keys: 2 found'],
    ['ambient', ambientRecord, 'AMBIENT: not issued for this run'],
    ['auth-only', authOnlyRecord, '1 issued for this run; static keys: none found'],
    ['a local file', succeededRecord, 'none was issued; static keys: none found'],
    ['denied', deniedRecord, 'none was issued; static keys were not looked for'],
  ])('agree: %s', (_, record, detail) => {
    expect(checkCredentials(buildPredicate(record()))).toContain(detail);
  });

  it('agree in an older record, which says neither route nor end nor source', () => {
    const { credentialSource, credentialsEndedAt, staticCredentials, warehouse, ...older } = renewed();
    const credentials = older.credentials.map(({ route, ...rest }) => rest);
    expect(checkCredentials({ ...older, credentials })).toContain('61 issued');
  });

  const static_ = (outcome: 'scrubbed' | 'refused') => [
    { variable: 'PGPASSWORD', where: 'environment', outcome },
  ];
  it.each<[string, Partial<DbtRunPredicate>, string]>([
    ['a warehouse without one', { credentials: [], credentialSource: 'none' }, 'without a credential'],
    ['a source that is not true', { credentialSource: 'ambient' }, 'credentialSource'],
    ['no decision', { decision: undefined as never }, 'was not allowed'],
    ['no end', { credentialsEndedAt: undefined as never }, 'when the credentials were ended'],
    ['an end after the run', { credentialsEndedAt: '2026-11-20T09:30:00Z' }, 'outlived'],
    ['an end before an issue', { credentialsEndedAt: '2026-11-20T07:00:00Z' }, 'after all had been ended'],
    ['an issue before the run', { credentials: [credential(-10, 60)] }, 'before the run began'],
    ['an issue after the run', { credentials: [credential(200, 5)] }, 'after the run ended'],
    ['an expiry before the issue', { credentials: [credential(5, -1)] }, 'expired before'],
    ['a time that is none', { credentials: [credential(0, 5, { issuedAt: 'soon' })] }, 'no time'],
    [
      'an issued one without times',
      { credentials: [credential(0, 5, { issuedAt: '', expiresAt: '' })] },
      'no time',
    ],
    ['a dry run with one', { status: 'dry-run' }, 'a dry run takes no credential'],
    ['a refused key, yet it ran', { staticCredentials: static_('refused') }, 'contradict'],
    [
      'a failure for a key that was not refused',
      {
        failure: { code: 'ERR_STATIC_CREDENTIAL', stage: 'credentials', message: '' },
        staticCredentials: static_('scrubbed'),
      },
      'contradict',
    ],
    [
      'a refused key after the issue',
      {
        failure: { code: 'ERR_STATIC_CREDENTIAL', stage: 'credentials', message: '' },
        staticCredentials: static_('refused'),
      },
      'went on',
    ],
  ])('contradict: %s', (_, change, message) => {
    expect(changed(change)).toThrow(message);
  });
});
