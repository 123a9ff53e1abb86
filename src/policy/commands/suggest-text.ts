import type { RuleDraft } from './draft.ts';
import type { Suggestion } from './suggest.ts';
import { yamlEntry, yamlItem } from './yaml-text.ts';

/** The rule as lines to paste: the part under `repositories:` when it lacks the repository, and the part under `rules:`. */
export function draftYaml({ repository, rule }: Omit<RuleDraft, 'open'>): string {
  const { key, entry } = repository;
  const added = entry ? ['# under repositories:', ...yamlEntry(key, entry, 2), ''] : [];
  return [...added, '# under rules:', ...yamlItem(rule, 2)].join('\n');
}

export function suggestionText(suggestion: Suggestion): string {
  if (suggestion.kind === 'allowed')
    return `Nothing to add: rule ${suggestion.rule} allows this token already.`;
  if (suggestion.kind === 'refused') {
    const rows = suggestion.refusals.flatMap(({ message, fix }) => [`  ${message}`, `    fix: ${fix}`]);
    return ['No rule is suggested.', ...rows].join('\n');
  }
  const open = suggestion.open.map(({ claim, why }) => `#   ${claim}: ${why}`);
  return [
    '# Allows this token and nothing else; tried against the policy. Then: policy lint, test and diff.',
    ...(open.length > 0 ? ['# Left open:', ...open] : []),
    ...suggestion.remarks.map(({ code, message }) => `# ${code} ${message}`),
    draftYaml(suggestion.draft),
  ].join('\n');
}

/** For programs: the suggestion, with the lines to paste. */
export function suggestionValue(suggestion: Suggestion): object {
  return suggestion.kind === 'rule' ? { ...suggestion, yaml: draftYaml(suggestion.draft) } : suggestion;
}
