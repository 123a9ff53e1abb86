/** The outputs of the action, as action.yml declares them. */
export const OUTPUT_NAMES = [
  'status',
  'decision',
  'rule',
  'trace-id',
  'dbt-exit-code',
  'evidence-path',
  'artifact-id',
  'artifact-url',
  'artifact-digest',
] as const;
export type OutputName = (typeof OUTPUT_NAMES)[number];
