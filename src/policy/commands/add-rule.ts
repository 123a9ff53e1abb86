import { isSeq, parseDocument } from 'yaml';
import type { RuleDraft } from './draft.ts';

/** The text of a policy with one more rule at its end, and the repository that the rule names; comments stay. */
export function withRule(policy: string, draft: RuleDraft): string {
  const document = parseDocument(policy, { version: '1.2', schema: 'failsafe' });
  const { key, entry } = draft.repository;
  if (entry) document.setIn(['repositories', key], document.createNode({ ...entry }));
  const rules = document.get('rules');
  if (isSeq(rules)) rules.add(document.createNode(draft.rule));
  return document.toString({ lineWidth: 0 });
}
