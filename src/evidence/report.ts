import type { EvidenceRecord } from './record.ts';
import { credentialsSection } from './report-credentials.ts';
import { engineSection } from './report-engine.ts';
import { limitsSection, wordsSection } from './report-limits.ts';
import { lineageSection } from './report-lineage.ts';
import { markup } from './report-markup.ts';
import { ranSection } from './report-ran.ts';
import { REPORT_STYLE } from './report-style.ts';
import { verdictBanner, verdictOf } from './report-verdict.ts';
import { verifySection } from './report-verify.ts';
import { whoSection } from './report-who.ts';
import { whySection } from './report-why.ts';

/** No script, no network: the page can do nothing but be read. */
const CONTENT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/**
 * report.html: one file for a reader who is no engineer. It holds the record in words, tables and a
 * drawing; every text that is not the product's own is escaped by `markup`.
 */
export function renderReport(record: EvidenceRecord): string {
  const { repository, runId, runAttempt } = record.context;
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${{ markup: CONTENT_POLICY }}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${verdictOf(record).title}: dbt run ${runId} of ${repository}</title>
<style>
${{ markup: REPORT_STYLE }}${{ markup: pageFooter(runId, runAttempt, record.trace.traceId) }}</style>
</head>
<body>
<header>
<p class="quiet">Evidence of one dbt run</p>
<h1>${repository}</h1>
</header>
<main>
${verdictBanner(record)}
${whoSection(record)}${whySection(record)}${ranSection(record)}${lineageSection(record)}${credentialsSection(record)}${engineSection(record)}${verifySection(record)}${limitsSection()}${wordsSection()}</main>
</body>
</html>
`;
  return page.markup;
}

/** Run and trace on every printed page; left out when one is not what it must be, as text in CSS is not escaped. */
function pageFooter(runId: string, runAttempt: string, traceId: string): string {
  if (!/^\d+ \d+ [0-9a-f]{32}$/.test(`${runId} ${runAttempt} ${traceId}`)) return '';
  return `@page { @bottom-left { content: "Run ${runId}, attempt ${runAttempt}, trace ${traceId}"; } }\n`;
}
