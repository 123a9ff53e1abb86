import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { REPOSITORY_ROOT } from '../support/runner.ts';
import { describeWith, toolPath } from '../support/tools.ts';

const LOCK = 'examples/jaffle-shop/requirements.txt';

describeWith(['checks', 'dbt'], '.ci/locks.py (FF-C1)', () => {
  const lock = readFileSync(join(REPOSITORY_ROOT, LOCK), 'utf8');
  const source = readFileSync(join(REPOSITORY_ROOT, LOCK.replace(/txt$/, 'in')), 'utf8');
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lock-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What is said of a lock that was made into `text`. */
  function faults(text: string, asked = source): readonly string[] {
    writeFileSync(join(folder, 'lock.in'), asked);
    writeFileSync(join(folder, 'lock.txt'), text);
    const args = ['.ci/locks.py', join(folder, 'lock.txt'), '10', '13', dirname(dirname(toolPath('dbt')))];
    const { status, stdout } = spawnSync(toolPath('checks'), args, {
      cwd: REPOSITORY_ROOT,
      encoding: 'utf8',
    });
    const lines = stdout.split('\n').filter((line) => line !== '' && !/: \d+ pins; /.test(line));
    expect(status).toBe(lines.length === 0 ? 0 : 1);
    return lines.map((line) => line.replace(`${join(folder, 'lock.txt')}: `, ''));
  }
  const without = (name: string) => lock.replace(new RegExp(`^${name}==[^]*?(?=^[a-z])`, 'm'), '');

  it('says nothing of a whole lock', () => {
    expect(faults(lock)).toEqual([]);
  });

  it.each(['requests', 'certifi', 'jinja2', 'markupsafe', 'sqlparse'])('misses %s', (name) => {
    expect(without(name)).not.toBe(lock);
    expect(faults(without(name)).join('\n')).toMatch(
      new RegExp(`^\\S+ \\S+ needs ${name}, which is not pinned on `, 'im'),
    );
  });

  it('misses what only another Python or system needs', () => {
    const later = lock.replace(
      /^(pytimeparse==1\.1\.8) ; python_full_version < '3\.11'/m,
      "$1 ; python_full_version < '3.10'",
    );
    expect(later).not.toBe(lock);
    const told = faults(later);
    expect(told.length).toBeGreaterThan(0);
    for (const fault of told) expect(fault).toMatch(/needs pytimeparse.* with Python 3\.10$/);
  });

  it.each([
    ['a pin without a hash', /( \\\n +--hash=\S+)+(?=\n {4}# via)/, 'has no hash'],
    ['a range', /^certifi==/m, 'is not one version', 'certifi>='],
    ['a version that a package does not take', /^certifi==\S+/m, 'is pinned', 'certifi==2000.1.1'],
    ['an option', /^agate==/m, 'not a pin', '-e ./agate\nagate=='],
  ])('refuses %s', (_what, pattern, fault, text = '') => {
    const planted = lock.replace(pattern, text);
    expect(planted).not.toBe(lock);
    expect(faults(planted).join('\n')).toContain(fault);
  });

  it('misses what the .in file asks for', () => {
    expect(faults(lock, `${source}dbt-postgres==1.11.0\n`)[0]).toMatch(/^the \.in file needs dbt-postgres/);
  });
});
