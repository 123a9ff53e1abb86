import { describe, expect, it } from 'vitest';
import { renderReport } from '../../src/evidence/report.ts';
import { ambientRecord, credential, renewedRecord } from '../support/credential-records.ts';
import { startedRecord, succeededRecord } from '../support/records.ts';

const UNMISTAKABLE = 'These credentials were not issued for this run.';

function chapter(page: string): string {
  return /<section id="credentials"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
}

describe('the chapter on credentials', () => {
  it('folds renewals into one row with count, first and last, and keeps every issue with its request id', () => {
    const page = chapter(renderReport(renewedRecord()));
    const [groups = '', issues = ''] = page.split('<details>');
    expect(groups.match(/<tbody>[\s\S]*?<\/tbody>/)?.[0].match(/<tr>/g)).toHaveLength(2);
    expect(groups).toContain('<td>60 times<div>first <time');
    expect(groups).toContain('<td>5 min 0 s each<div>until <time');
    expect(groups).toContain('<div class="quiet">Snowflake: login relay</div>');
    expect(groups).toContain('2026-11-20 06:00:00 UTC');
    expect(groups).toContain('2026-11-20 09:02:00 UTC');
    expect(groups).toContain('every way to them was closed at <time datetime="2026-11-20T09:02:01.000Z">');
    expect(issues).toContain('Every issue (61)');
    expect(issues.match(/01b2c3d4-0000-/g)).toHaveLength(61);
    expect(page).not.toContain(UNMISTAKABLE);
  });

  it('says of ambient credentials that they were not issued for this run', () => {
    const page = chapter(renderReport(ambientRecord()));
    expect(page).toContain(`<strong>${UNMISTAKABLE}</strong>`);
    expect(page).toContain('SNOWFLAKE_PASSWORD');
    expect(page).not.toContain('Credentials of this run');
    expect(page).not.toContain('Issued for this run only');
  });

  it('names long-lived keys and what became of each', () => {
    const page = chapter(renderReport(ambientRecord()));
    expect(page).toContain(
      '<code>AWS_SECRET_ACCESS_KEY</code></th><td>environment of the job</td><td>kept from dbt',
    );
    expect(page).toContain(
      '<code>SNOWFLAKE_PASSWORD</code></th><td>environment of the job</td><td>passed to dbt',
    );
    expect(chapter(renderReport(renewedRecord()))).toContain('<code>profiles.yml:9</code>');
  });

  it('tells a look that found nothing from no look at all', () => {
    expect(chapter(renderReport(succeededRecord()))).toContain('none found');
    expect(chapter(renderReport(startedRecord()))).toContain('Not looked for');
  });

  it('counts the issues that are not listed', () => {
    const record = renewedRecord();
    record.keep('credentials', [credential(0, 5), { ...credential(500, 5), unlisted: 99 }]);
    const text = chapter(renderReport(record));
    expect(text).toContain('101 times');
    expect(text).toContain('Every issue (101)');
    expect(text).toContain('99 renewals before the last ones are counted and not listed');
  });
});
