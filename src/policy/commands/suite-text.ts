import { plain } from '../../untrusted.ts';
import type { Annotation } from './annotation.ts';
import type { TestReport } from './run-suite.ts';

/** As TAP version 14 (testanything.org), which people can read and other tools too. */
export function reportText({ results, untestedRules }: TestReport): string {
  const lines = results.flatMap(({ ok, name, file, line, expected, actual }, index) => {
    const head = `${ok ? 'ok' : 'not ok'} ${index + 1} - ${plain(name, 200).replace(/[#\\]/g, '\\$&')}`;
    if (ok) return [head];
    return [
      head,
      '  ---',
      `  at: ${plain(file)}:${line}`,
      `  expected: ${expected}`,
      `  actual: ${actual}`,
      '  ...',
    ];
  });
  const failed = results.filter(({ ok }) => !ok).length;
  const untested = untestedRules.map((id) => `# no case is allowed by rule ${id}`);
  const total =
    failed === 0 ? `# all ${results.length} as expected` : `# ${failed} of ${results.length} not as expected`;
  return ['TAP version 14', `1..${results.length}`, ...lines, ...untested, total].join('\n');
}

/** The cases that did not end as expected, each at its place in the suite. */
export function reportAnnotations({ results }: TestReport): readonly Annotation[] {
  return results
    .filter(({ ok }) => !ok)
    .map(({ name, file, line, expected, actual }) => ({
      level: 'error',
      file,
      line,
      title: `policy test: ${plain(name, 100)}`,
      message: `expected ${expected}, got ${actual}`,
    }));
}
