// Prints `N passed, N failed, N skipped` for a JSON report of vitest. Fails when a test failed, when a
// file could not be loaded (it counts as one failure), when nothing passed, or without a report.
import { readFileSync } from 'node:fs';

function totals(path) {
  const report = JSON.parse(readFileSync(path, 'utf8'));
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

let count = { passed: 0, failed: 0, skipped: 0 };
try {
  count = totals(process.argv[2]);
} catch (error) {
  process.stderr.write(`no readable test report: ${error.message}\n`);
}
process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
process.exit(count.failed > 0 || count.passed === 0 ? 1 : 0);
