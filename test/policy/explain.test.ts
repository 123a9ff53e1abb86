import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PassportError } from '../../src/errors.ts';
import { allowedRule } from '../../src/policy/allowed-rule.ts';
import { decide } from '../../src/policy/decide.ts';
import { denialMarkdown, denialRows, denialText } from '../../src/policy/explain.ts';
import { decideFor, FULL, identity, load, NOW, SOURCE } from './fixture.ts';

const HOSTILE = {
  ref: 'refs/heads/a|b`c[x](javascript:alert(1))<img src=x>',
  environment: '##[set-output name=x]y',
  event_name: '::add-mask::a',
  job_workflow_ref: '@octocat **bold**\n# title',
};
const DENIALS = {
  'another-branch': [{ ref: 'refs/heads/feature', ref_protected: 'false' }],
  'no-environment': [{ environment: undefined, environment_node_id: undefined }],
  'pull-request-target': [{ event_name: 'pull_request_target' }],
  'customised-sub': [{ sub: 'repo:octo-org/jaffle-shop:environment:prod' }],
  'other-reusable-workflow': [
    {
      job_workflow_ref: 'octo-org/jaffle-shop/.github/workflows/x.yml@refs/heads/main',
      job_workflow_sha: 'a'.repeat(40),
    },
  ],
  'requested-environment': [{}, { environment: 'dev' }],
  hostile: [HOSTILE],
} as const;

describe('denial', () => {
  it.each(Object.entries(DENIALS))('explains %s', async (name, [claims, request]) => {
    const decision = await decideFor(FULL, claims, request);
    await expect(`${denialText(decision)}\n`).toMatchFileSnapshot(`golden/${name}.txt`);
    await expect(denialMarkdown(decision)).toMatchFileSnapshot(`golden/${name}.md`);
  });

  it('explains an ambiguous policy', async () => {
    const rule = FULL.slice(FULL.indexOf('  - id: prod')).replace('id: prod', 'id: again');
    const decision = await decideFor(`${FULL}${rule}`);
    await expect(`${denialText(decision)}\n`).toMatchFileSnapshot('golden/ambiguous.txt');
  });

  it('says which rule allowed', async () => {
    expect(denialText(await decideFor(FULL))).toBe(`Allowed by rule prod of \`${SOURCE}\`.`);
    expect(denialRows(await decideFor(FULL))).toEqual([]);
  });

  it('keeps every foreign text on its line and in its cell', async () => {
    const loaded = await load(FULL);
    const text = fc.string({
      unit: fc.constantFrom('a', '|', '`', '\n', '\r', '<', '[', '#', ':', '\\', '\u2028'),
    });
    fc.assert(
      fc.property(text, text, text, (ref, environment, sub) => {
        const decision = decide(loaded, identity({ ref, environment, sub }), {}, NOW);
        const lines = denialMarkdown(decision).trimEnd().split('\n');
        expect(lines).toHaveLength(4 + decision.reasons.length);
        for (const line of lines.slice(2)) {
          const cells = line.replaceAll('\\|', '').split('|');
          expect([line, cells.length]).toEqual([line, 8]);
          expect(line.replace(/`[^`]*`/g, '')).not.toMatch(/[<`]/);
        }
        expect(denialText(decision).split(/[\r\n\u2028]/)).toHaveLength(3 + 3 * decision.reasons.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe('allowedRule', () => {
  it('is the rule of the decision', async () => {
    const loaded = await load(FULL);
    expect(allowedRule(loaded, decide(loaded, identity(), {}, NOW))).toBe(loaded.policy.rules[0]);
  });

  it('throws with the first reason, what to change and the line of the policy', async () => {
    const loaded = await load(FULL);
    const decision = decide(loaded, identity({ ref: 'refs/heads/x', ref_protected: 'false' }), {}, NOW);
    expect(() => allowedRule(loaded, decision)).toThrow(
      expect.objectContaining({
        code: 'ERR_POLICY_DENIED',
        reason: 'REF',
        message: 'ref: expected refs/heads/main, got refs/heads/x (and 1 more)',
        hint: 'The workflow runs on another branch or tag. Run the workflow on refs/heads/main. Policy: `ref`, line 16.',
        place: { file: SOURCE, line: 16 },
      }),
    );
  });

  it('does not take the decision of another policy', async () => {
    const loaded = await load(FULL);
    const other = await load(`${FULL}# changed\n`);
    const decision = decide(loaded, identity(), {}, NOW);
    expect(() => allowedRule(other, decision)).toThrow(PassportError);
  });
});
