import { section } from './report-elements.ts';
import { type Markup, markup } from './report-markup.ts';

/** What a reader must not take this record for. */
export function limitsSection(): Markup {
  return section('limits', 'What this record does not prove', LIMITS);
}

/** The words that a reader who is no engineer needs. */
export function wordsSection(): Markup {
  return section('words', 'Words', GLOSSARY);
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
<div><dt>Audit mode</dt><dd>A trial of a policy: what it denies is recorded as denied, and some of it runs all the same, without a credential issued for it.</dd></div>
<div><dt>Break-glass</dt><dd>A rule for emergencies only. It has a reason and an end, and every use of it is marked.</dd></div>
<div><dt>Node</dt><dd>One thing dbt works on: a table it builds, a source it reads, a test it runs.</dd></div>
<div><dt>Signed statement</dt><dd>A list of the files of this record with their fingerprints (SHA-256), signed, so that a later change is found.</dd></div>
</dl>
`;
