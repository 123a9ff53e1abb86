/** Whether nodes or results of this kind (`resource_type`) are tests. */
export function isTestKind(kind: string): boolean {
  return kind === 'test' || kind === 'unit_test';
}
