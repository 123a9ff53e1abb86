import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withRule } from '../../../src/policy/commands/add-rule.ts';
import type { RuleDraft } from '../../../src/policy/commands/draft.ts';
import type { Rule } from '../../../src/policy/policy.ts';
import { load, SMALLEST } from '../fixture.ts';

const TEAM = readFileSync(new URL('../../../examples/policies/team.yml', import.meta.url), 'utf8');
const entry = { name: 'octo-org/other', repository_id: '9', repository_owner_id: '123456' };
const draft: Omit<RuleDraft, 'open'> = {
  repository: { key: 'other', entry },
  rule: {
    id: 'added',
    repository: 'other',
    environment: 'prod',
    ref: 'refs/heads/main',
    event_name: 'push',
    actor_id: '583231',
    grants: ['warehouse'],
  },
};

/** The lines that are in `after` and not in `before`; fails when any line of `before` is gone or moved. */
function addedLines(before: string, after: string): readonly string[] {
  const left = before.split('\n');
  const added = after.split('\n').filter((line) => {
    if (line !== left[0]) return true;
    left.shift();
    return false;
  });
  expect(left).toEqual([]);
  return added;
}

const FLOW = SMALLEST.replace(/rules:[\s\S]*/, '').concat(
  'rules: [{ id: prod, repository: shop, environment: prod, ref: refs/heads/main, grants: [warehouse] }]\n',
);

describe('withRule', () => {
  it('adds lines, and changes none', async () => {
    const after = withRule(TEAM, draft);
    expect(addedLines(TEAM, after)).toEqual([
      '  other: { name: octo-org/other, repository_id: "9", repository_owner_id: "123456" }',
      '  - id: added',
      '    repository: other',
      '    environment: prod',
      '    ref: refs/heads/main',
      '    event_name: push',
      '    actor_id: "583231"',
      '    grants: [warehouse]',
    ]);
    expect((await load(after)).policy.rules.map(({ id }) => id)).toEqual(['ci', 'prod-nightly', 'added']);
  });

  it.each([
    ['lists without indentation', SMALLEST.replace(/^ {2}(- id)/m, '$1').replace(/^ {4}(\w)/gm, '  $1')],
    ['a file without a line end at its end', SMALLEST.trimEnd()],
    ['CRLF', TEAM.replaceAll('\n', '\r\n')],
    ['a comment below the last rule', `${SMALLEST}# the end\n`],
    ['a comment in the line of the last key', SMALLEST.replace(/\n$/, ' # nightly\n')],
    [
      'a last text that looks like a comment',
      SMALLEST.replace(/\n$/, '\n    allow_self_hosted: >-\n      it is ours\n      # so it is\n'),
    ],
    ['a comment above the first rule', SMALLEST.replace('rules:\n', 'rules: # who may\n\n # first\n')],
    ['a key in quotes', SMALLEST.replace('rules:', '"rules":')],
    ['rules in brackets', FLOW],
    ['repositories in brackets', SMALLEST.replace(/repositories:\n {2}(.*)\n/, 'repositories: { $1 }\n')],
  ])('keeps what was allowed in %s', async (_, text) => {
    const before = (await load(text)).policy.rules;
    const after = (await load(withRule(text, draft))).policy;
    const kept = ({ id, ref, allowSelfHosted }: Rule) => ({ id, ref, allowSelfHosted });
    expect(after.rules.slice(0, -1).map(kept)).toEqual(before.map(kept));
    expect(after.rules.at(-1)).toMatchObject({ id: 'added', actorId: ['583231'] });
    expect(after.repositories.get('other')).toMatchObject({ repositoryId: '9' });
  });

  it('keeps the line ends of the file', () => {
    const text = withRule(TEAM.replaceAll('\n', '\r\n'), draft);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });
});
