import { checkoutTold } from '../checkout/told.ts';
import { checkoutText } from '../checkout/words.ts';
import { shownClaim } from '../identity/claims.ts';
import type { Inputs } from '../inputs.ts';
import { auditedUnder } from '../policy/decision.ts';
import { denialMarkdown, prose } from '../policy/explain.ts';
import type { StoredArtifact } from '../ports.ts';
import { markdownCode, plain } from '../untrusted.ts';
import { explanationMarkdown } from './explanation-markdown.ts';
import { mermaidLineage } from './mermaid.ts';
import { attemptWords, startedWords } from './people-words.ts';
import type { EvidenceRecord } from './record.ts';
import { remarksOf } from './remarks.ts';
import { verdictOf } from './report-verdict.ts';
import { verifyCommands } from './report-verify.ts';
import { summaryCredentials } from './summary-credentials.ts';
import { summaryResults } from './summary-results.ts';

/** GitHub drops a step summary above 1,024 KiB; the diagram, its longest part, goes first to stay far below. */
const BYTE_LIMIT = 60 * 1024;

/**
 * The job summary as GitHub Markdown. Foreign text stands in code spans or in escaped diagram labels
 * only, so that no markup, link or HTML of it takes effect.
 * @param signing `deferred`: another job must still sign
 */
export function renderSummary(
  record: EvidenceRecord,
  artifact: StoredArtifact | null = null,
  signing?: Inputs['signing'],
): string {
  const { decision, lineage } = record.facts;
  const diagram = lineage === undefined ? '' : mermaidLineage(lineage);
  const parts = (drawing: string) =>
    [
      headline(record),
      ...remarksOf(record).map(({ title, text }) => `**${title}.** ${prose(text)}`),
      facts(record),
      stopped(record),
      record.failure?.explanation ? explanationMarkdown(record.failure.explanation) : '',
      decision === undefined || decision.allow
        ? ''
        : `### Why it ${auditedUnder(decision) === null ? 'was' : 'would have been'} denied\n\n${denialMarkdown(decision)}`,
      summaryResults(record),
      summaryCredentials(record),
      drawing === '' ? '' : `### Lineage\n\n${drawing}`,
      `### Evidence\n\n${whereIs(artifact)}`,
      signing === 'deferred' ? DEFERRED : howToVerify(record),
    ]
      .filter((part) => part !== '')
      .map((part) => part.trimEnd())
      .join('\n\n');
  const dotted = diagram.includes(' -.-> ') ? `${DOTTED}\n\n` : '';
  const full = parts(diagram === '' ? '' : `${dotted}\`\`\`mermaid\n${diagram}\`\`\``);
  if (diagram === '' || new TextEncoder().encode(full).length <= BYTE_LIMIT) return `${full}\n`;
  return `${parts('Too long for this page; report.html in the artifact has the drawing.')}\n`;
}

const DOTTED = 'A dotted arrow: only dbt’s manifest says so; the table does not stand in the SQL that ran.';

function headline(record: EvidenceRecord): string {
  const { title } = verdictOf(record);
  const rule = record.facts.decision?.rule;
  return `## dbt-passport: ${title}${rule == null ? '' : ` (rule ${markdownCode(rule)})`}`;
}

function facts(record: EvidenceRecord): string {
  const {
    context,
    trace,
    facts: { identity, people, policy, askedPolicy, decision, checkout },
  } = record;
  const claim = (name: Parameters<typeof shownClaim>[1], job: string) =>
    identity === undefined ? job : shownClaim(identity.claims, name);
  const rows: readonly (readonly [string, string])[] = [
    ['Who', people === undefined ? claim('actor', context.actor) : startedWords(people)],
    ['This attempt by', people === undefined ? otherActor(context) : attemptWords(people)],
    ['Repository', claim('repository', context.repository)],
    ['Environment', claim('environment', '')],
    ['Commit', claim('sha', context.sha)],
    ['Checkout', checkout === undefined ? '' : checkoutText(checkoutTold(checkout))],
    ['Rule', decision?.rule ?? ''],
    ['Limits of rule', auditedUnder(decision) ?? ''],
    ['Policy', policy?.source ?? ''],
    ['Policy that was not taken', policy === undefined ? (askedPolicy?.reference ?? '') : ''],
    ['Policy SHA-256', policy?.sha256 ?? ''],
    ['Trace id', trace.traceId],
  ];
  const cells = rows
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `| ${name} | ${markdownCode(value)} |`);
  const unverified = 'No identity token was verified: these facts are what the job said of itself.\n\n';
  return `${identity === undefined ? unverified : ''}| Fact | Value |\n| --- | --- |\n${cells.join('\n')}`;
}

/** What the job says of itself, where nothing was verified. */
function otherActor({ actor, triggeringActor }: EvidenceRecord['context']): string {
  return triggeringActor === actor ? '' : triggeringActor;
}

function stopped({ failure }: EvidenceRecord): string {
  if (failure === null) return '';
  // A policy that does not load has a line for each fault.
  const lines = failure.message.split('\n').map(sentence);
  const rows = [`**What stopped it:** ${lines.join('  \n')}`];
  if (failure.hint !== undefined) rows.push(`**What to change:** ${sentence(failure.hint)}`);
  rows.push(`**Error code:** ${markdownCode(failure.code)}, explained in ${markdownCode(failure.docs)}`);
  return rows.join('  \n');
}

function whereIs(artifact: StoredArtifact | null): string {
  return artifact === null
    ? 'No artifact was stored. When the output `evidence-path` is set, the evidence is in that folder until the job ends; open `report.html` in it.'
    : `Artifact ${markdownCode(artifact.id)}, ${markdownCode(artifact.digest)}, in the section Artifacts of this run; open \`report.html\` in it.`;
}

function howToVerify(record: EvidenceRecord): string {
  const commands = verifyCommands(record);
  return `Verify it without a network, with the key or the identity that your security team names:

\`\`\`text
${plain(commands.key)}
${plain(commands.keyless)}
\`\`\``;
}

const DEFERRED =
  'It is **not signed yet**: another job of this run is to sign it (`signing: deferred`). `verify` refuses it; verify the artifact of that job, as the page of that job says.';

/** A message may quote foreign text, so it stands in a code span as a whole; its own quotes become plain ones. */
function sentence(text: string): string {
  return markdownCode(text.replaceAll('`', "'"));
}
