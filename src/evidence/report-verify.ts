import { shownClaim } from '../identity/claims.ts';
import { auditedBy } from './audited.ts';
import type { EvidenceRecord } from './record.ts';
import { section } from './report-elements.ts';
import { type Markup, markup } from './report-markup.ts';

/** The commands that check a downloaded artifact without a network, one per way of signing. */
export interface VerifyCommands {
  readonly key: string;
  readonly keyless: string;
}

/** Only characters that no shell gives a meaning to: a branch name may hold `$(…)`. What does not fit stays a placeholder. */
const SAFE_ON_COMMAND_LINE = /^https:\/\/[A-Za-z0-9._/@:-]+$/;

export function verifyCommands({ context, facts, status }: EvidenceRecord): VerifyCommands {
  const workflow = facts.identity === undefined ? '' : shownClaim(facts.identity.claims, 'job_workflow_ref');
  const identity = workflow === '' ? '' : `${context.serverUrl}/${workflow}`;
  const expected = expectedOptions({ status, decision: facts.decision });
  return {
    key: keyCommand(expected),
    keyless: keylessCommand(identity, facts.identity?.token.issuer ?? '', expected),
  };
}

/** `verify` takes a run that audit mode let go on for the expected one only when it is asked for. */
export function expectedOptions(outcome: Parameters<typeof auditedBy>[0]): string {
  return auditedBy(outcome) === null ? '' : ' --expect-decision audited';
}

export function keyCommand(options: string): string {
  return `node dist/cli.js verify FOLDER --key public.pem${options}`;
}

/** The command for a record that a certificate of this identity and issuer signed. */
export function keylessCommand(identity: string, issuer: string, options: string): string {
  const known = SAFE_ON_COMMAND_LINE.test(identity) && SAFE_ON_COMMAND_LINE.test(issuer);
  const who = known ? `${identity} --issuer ${issuer}` : 'IDENTITY --issuer ISSUER';
  return `node dist/cli.js verify FOLDER --trusted-root trusted_root.json${options} --identity ${who}`;
}

/** How to check this record, with the commands for it. */
export function verifySection(record: EvidenceRecord): Markup {
  const commands = verifyCommands(record);
  return section(
    'verify',
    'How to verify',
    markup`<p>This page is for reading; the signed statement beside it is the proof. Run one of these commands in a copy
of the dbt-passport repository, where <code>FOLDER</code> is the downloaded artifact, unpacked or as the zip file. It needs Node 24 and
neither a network nor a GitHub account.</p>
<h3>Signed with a key</h3>
<pre><code>${commands.key}</code></pre>
<h3>Signed by the workflow's own identity</h3>
<pre><code>${commands.keyless}</code></pre>
<p>If a separate job of the run signed, the identity is the workflow of that job, and <code>--signed-by separate-job</code> says so.</p>
<p>Take the public key, or the identity to expect, from your security team and not from this page: a forged page would name its own signer.
Exit code 0 means that the signature holds, that no file of the artifact was changed, this page included, and that the run succeeded, and
was allowed unless the command expects one that audit mode let go on; 3 means the same for any other run.</p>
`,
  );
}
