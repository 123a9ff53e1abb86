import { describe, expect, it } from 'vitest';
import { flagSettings } from '../../src/dbt/project-flags.ts';

describe('FF-A18 flags of files', () => {
  it('tells those of the project, but for what dbt-passport sets over them', () => {
    const project = `name: p
flags:
  fail_fast: true
  warn_error_options: {error: [NoNodesForSelectionCriteria]}
  use_v2_parser: true
  v2_parser: ./evil
  write_json: false
`;
    expect(flagSettings({ project, user: null })).toEqual([
      { name: 'fail_fast', value: 'true', source: 'project' },
      { name: 'warn_error_options', value: '{"error":["NoNodesForSelectionCriteria"]}', source: 'project' },
    ]);
  });

  it.each([null, '', 'name: p', '[]', 'flags:', 'flags: 3'])('finds none in %j', (project) => {
    expect(flagSettings({ project, user: null })).toEqual([]);
  });

  it('says so when the file cannot be read', () => {
    const [fact] = flagSettings({ project: 'a: [', user: null });
    expect(fact?.value).toContain('not known');
  });

  it('refuses a file of the machine that changes what dbt does', () => {
    const user = 'flags: {full_refresh: true, printer_width: 99}';
    expect(() => flagSettings({ project: null, user })).toThrow(
      expect.objectContaining({
        code: 'ERR_ENVIRONMENT_UNSAFE',
        message: expect.stringMatching(/user_settings\.yml.* sets full_refresh$/),
      }),
    );
    expect(() => flagSettings({ project: null, user: 'flags: {something_of_1_13: true}' })).toThrow();
    expect(flagSettings({ project: null, user: 'flags: {hints_enabled: false, empty: false}' })).toEqual([
      { name: 'hints_enabled', value: 'false', source: 'user' },
      { name: 'empty', value: 'false', source: 'user' },
    ]);
  });
});
