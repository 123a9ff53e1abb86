import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { capabilityOf, POLICY_CLAIMS } from '../../../src/policy/trust/capability.ts';
import { TARGETS, type Target } from '../../../src/policy/trust/model.ts';

const page = readFileSync(new URL('../../../docs/trust.md', import.meta.url), 'utf8');

/** What a target compares of a claim, in a word. */
function cell(target: Target, claim: (typeof POLICY_CLAIMS)[number]): string {
  const { claims, kinds } = capabilityOf(target);
  if (!claims.includes(claim)) return '';
  return kinds.includes('pattern') ? 'all' : 'list';
}

describe('docs/trust.md', () => {
  it('shows what each target checks as it is', () => {
    const rows = POLICY_CLAIMS.map(
      (claim) => `| \`${claim}\` | ${TARGETS.map((target) => cell(target, claim)).join(' | ')} |`,
    );
    const head = [`| claim | ${TARGETS.join(' | ')} |`, `|---|${TARGETS.map(() => '---|').join('')}`];
    expect(page).toContain(`${[...head, ...rows].join('\n')}\n`);
  });

  it.each(['AWS', 'Google Cloud', 'Snowflake', 'Databricks', 'Azure', 'Vault'])(
    'has a section for %s',
    (title) => {
      expect(page).toContain(`\n## ${title}\n`);
    },
  );
});
