import { shownClaim } from '../identity/claims.ts';
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

export function verifyCommands({ context, facts }: EvidenceRecord): VerifyCommands {
  const workflow = facts.identity === undefined ? '' : shownClaim(facts.identity.claims, 'job_workflow_ref');
  const identity = workflow === '' ? '' : `${context.serverUrl}/${workflow}`;
  const issuer = facts.identity?.token.issuer ?? '';
  const known = SAFE_ON_COMMAND_LINE.test(identity) && SAFE_ON_COMMAND_LINE.test(issuer);
  const who = known ? `${identity} --issuer ${issuer}` : 'IDENTITY --issuer ISSUER';
  return {
    key: 'dbt-passport verify FOLDER --key public.pem',
    keyless: `dbt-passport verify FOLDER --trusted-root trusted_root.json --identity ${who}`,
  };
}

/** How to check this record, what it does not prove, and the words it uses. */
export function closingSections(record: EvidenceRecord): readonly Markup[] {
  const commands = verifyCommands(record);
  return [
    section(
      'verify',
      'How to verify',
      markup`<p>This page is for reading; the signed statement beside it is the proof. Run one of these commands on the downloaded
artifact, where <code>FOLDER</code> is the folder or the zip file. It needs no network, no GitHub account and no service of this project.</p>
<h3>Signed with a key</h3>
<pre><code>${commands.key}</code></pre>
<h3>Signed by the workflow's own identity</h3>
<pre><code>${commands.keyless}</code></pre>
<p>Take the public key, or the identity to expect, from your security team and not from this page: a forged page would name its own signer.
Exit code 0 means that the signature holds and that no file of the artifact was changed, this page included.</p>
`,
    ),
    section('limits', 'What this record does not prove', LIMITS),
    section('words', 'Words', GLOSSARY),
  ];
}

const LIMITS = markup`<ul>
<li><strong>That every run was checked.</strong> Whoever can edit a workflow can leave this step out. What holds then is the cloud's own
trust, generated from the same policy, and a workflow that the security team owns. This record speaks for this run alone.</li>
<li><strong>That dbt touched only the planned nodes.</strong> Code in a dbt project (hooks, macros, packages) runs with the credential it
is given. The plan is dbt's own early answer; the grants in the warehouse are the wall.</li>
<li><strong>That the runner told the truth.</strong> Results, times and lineage are what the job saw and dbt wrote. The signature proves
who recorded them and that nothing was changed afterwards.</li>
<li><strong>That the data is right.</strong> Tests that passed show what they test, and no more.</li>
</ul>
`;

const GLOSSARY = markup`<dl class="words">
<div><dt>Identity token</dt><dd>A short-lived, signed statement by GitHub on which job of which repository is running.</dd></div>
<div><dt>Claim</dt><dd>One fact in that token, such as the repository, the branch or the environment.</dd></div>
<div><dt>Rule</dt><dd>A paragraph of the policy that names who may do what. What no rule allows is denied.</dd></div>
<div><dt>Node</dt><dd>One thing dbt works on: a table it builds, a source it reads, a test it runs.</dd></div>
<div><dt>Signed statement</dt><dd>A list of the files of this record with their fingerprints (SHA-256), signed, so that a later change is found.</dd></div>
</dl>
`;
