import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode, PassportError } from '../../src/errors.ts';

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];
const page = readFileSync('docs/troubleshooting.md', 'utf8');

/** The page's sections by anchor: what follows `<a id="…"></a>` up to the next anchor. */
const sections = new Map(
  page
    .split('<a id="')
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('"')), section] as const),
);

describe('docs/troubleshooting.md', () => {
  it.each(CODES)('explains %s where the error points to', (code) => {
    const anchor = new PassportError(code, '').docs.replace('docs/troubleshooting.md#', '');
    expect(sections.get(anchor)).toContain(`\n## ${code}\n`);
    expect(sections.get(anchor)).toContain('**What to change.**');
  });

  it('has no anchor that is not a code', () => {
    const anchors = CODES.map((code) => code.toLowerCase().replaceAll('_', '-'));
    expect([...sections.keys()].sort()).toEqual(anchors.sort());
  });

  it('says which stage each code stops', () => {
    for (const code of CODES) {
      const section = sections.get(code.toLowerCase().replaceAll('_', '-'));
      expect(section, code).toContain(`Stage: \`${ERROR_CODES[code]}\``);
    }
  });
});
