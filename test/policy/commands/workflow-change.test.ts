import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainDecision } from '../../../src/policy/commands/explanation.ts';
import { workflowChange } from '../../../src/policy/commands/workflow-change.ts';
import { decide } from '../../../src/policy/decide.ts';
import { identity, load, NOW } from '../fixture.ts';
import { plausible } from './arbitrary.ts';

const TEAM = readFileSync(new URL('../../../examples/policies/team.yml', import.meta.url), 'utf8');
const HEAD = TEAM.slice(0, TEAM.indexOf('  - id: ci')).replace(/^ {2}scratch.*\n/m, '');

function rule(id: number, environment: string, ref: string, event = 'push'): string {
  const clauses = `repository: shop, environment: ${environment}, event_name: ${event}, ref: ${ref}`;
  return `  - {id: r${id}, ${clauses}, grants: [warehouse]}\n`;
}

const MAIN = 'refs/heads/main';
const MANY: Readonly<Record<string, (id: number) => string>> = {
  'an environment each': (id) => rule(id, `e${id}`, MAIN),
  'a branch each': (id) => rule(id, 'x', `refs/heads/b${id}`),
  'a pattern each': (id) => rule(id, 'x', `{glob: refs/heads/b${id}-*}`),
  'one place for all': (id) => rule(id, 'x', MAIN),
  'a branch each that one pattern takes too': (id) =>
    rule(id, 'x', id < 1_999 ? `refs/heads/b${id}` : '{glob: refs/heads/b*}'),
};

describe('workflowChange', () => {
  it('has the fewest steps of the changes that the rules would allow', async () => {
    const rules = [rule(1, 'dev', MAIN), rule(2, 'dev', 'refs/heads/dev', 'schedule'), rule(3, 'x', MAIN)];
    const loaded = await load(TEAM.replace('\ndeny:', `${rules.join('')}\ndeny:`));
    fc.assert(
      fc.property(plausible, (claims) => {
        const changes = loaded.policy.rules.flatMap((only) => {
          const policy = { ...loaded.policy, rules: [only] };
          return workflowChange({ ...loaded, policy }, identity(claims), {}, NOW) ?? [];
        });
        if (decide(loaded, identity(claims), {}, NOW).allow) return;
        const expected = changes.toSorted((a, b) => a.steps.length - b.steps.length)[0];
        expect(workflowChange(loaded, identity(claims), {}, NOW)).toEqual(expected);
      }),
    );
  });

  it('passes over rules that would make each other ambiguous', async () => {
    const both = rule(1, 'stage', MAIN) + rule(2, 'stage', MAIN);
    const change = async (rules: string) =>
      workflowChange(await load(HEAD + rules), identity({ event_name: 'schedule' }), {}, NOW);
    expect(await change(both)).toBeUndefined();
    expect(await change(both + rule(3, 'dev', 'refs/heads/dev'))).toMatchObject({ rule: 'r3' });
  });

  it.each(Object.entries(MANY))('is found among thousands of rules with %s', async (place, each) => {
    const loaded = await load(HEAD + Array.from({ length: 2_000 }, (_, id) => each(id)).join(''));
    const explanation = await explainDecision(loaded, identity({ event_name: 'schedule' }), {}, NOW);
    expect(explanation.policyChange?.kind).toBe('rule');
    const rules = { 'one place for all': undefined, 'a branch each that one pattern takes too': 'r1999' };
    expect(explanation.workflowChange?.rule).toBe(place in rules ? rules[place as keyof typeof rules] : 'r0');
  });
});
