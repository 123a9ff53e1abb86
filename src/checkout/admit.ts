import { PassportError, type Place } from '../errors.ts';
import { sameName } from '../identity/claims.ts';
import { plain } from '../untrusted.ts';
import type { CheckoutClause } from './clause.ts';
import { clean } from './dbt-paths.ts';
import { type Checkout, type Compared, differenceCount, isTokenCommit } from './observed.ts';
import { type CheckoutFact, checkoutTold } from './told.ts';
import { checkoutText, shortCommit } from './words.ts';

/** Whether a rule lets dbt run what is checked out. */
function isAdmitted(checkout: Checkout, clause: CheckoutClause): boolean {
  if (clause.kind === 'any' || isTokenCommit(checkout)) return true;
  if (clause.kind !== 'repositories' || checkout.kind !== 'compared') return false;
  const { against, differences } = checkout;
  if (against.kind !== 'other-repository' || differenceCount(differences) > 0) return false;
  return clause.names.some((name) => sameName(name, against.repository));
}

/**
 * @param commit `sha` of the token
 * @param place the rule's clause, or the rule, in the policy
 * @throws ERR_CHECKOUT_DIFFERS or ERR_CHECKOUT_UNKNOWN: what was expected, which files differ, and what to change
 */
export function admitCheckout(
  fact: CheckoutFact,
  { commit, place }: { readonly commit: string; readonly place: Place },
): void {
  const { observed: checkout, clause } = fact;
  if (isAdmitted(checkout, clause)) return;
  const expected = `expected the files of the token's commit ${shortCommit(commit)}`;
  if (checkout.kind === 'unknown') {
    throw new PassportError('ERR_CHECKOUT_UNKNOWN', `${expected}, and cannot know them: ${checkout.why}`, {
      reason: checkout.reason,
      hint: `${UNKNOWN_HINTS[checkout.reason]} ${ANY}`,
      place,
    });
  }
  const { reason, hint } = refusal(checkout, commit, clause);
  throw new PassportError('ERR_CHECKOUT_DIFFERS', `${expected}, got ${checkoutText(checkoutTold(fact))}`, {
    reason,
    hint,
    place,
  });
}

/**
 * A local package is code of this machine: dbt only links its folder. So `deps` may install none whose folder was not compared.
 *
 * @param installed the paths of local packages, as package-lock.yml has them
 * @throws ERR_CHECKOUT_DIFFERS with the packages
 */
export function admitLocalPackages(
  installed: readonly string[],
  { observed, clause }: CheckoutFact,
  place: Place,
): void {
  if (clause.kind === 'any') return;
  const compared = new Set(observed.localPackages);
  const others = installed.filter((path) => !compared.has(clean(path)));
  if (others.length === 0) return;
  const shown = others.slice(0, 5).map((path) => plain(path, 200));
  const more = others.length > shown.length ? ` and ${others.length - shown.length} more` : '';
  throw new PassportError(
    'ERR_CHECKOUT_DIFFERS',
    `expected local packages that the files of the commit name, but \`deps\` installed ${shown.join(', ')}${more}, which was compared with nothing`,
    {
      reason: 'LOCAL_PACKAGE',
      hint: `Name each local package in packages.yml, or commit package-lock.yml, so that its files are compared with the commit. ${ANY}`,
      place,
    },
  );
}

const ANY = 'A rule with `checkout: any` takes every checkout, and every record then says so.';

const UNKNOWN_HINTS = {
  NO_REPOSITORY:
    'Check the project out with actions/checkout and with git in the job: a container without git gets the files without their repository.',
  NO_GIT: 'Install git in the container or on the runner.',
  NO_HEAD: 'Check a commit out with actions/checkout.',
  OBJECT_MISSING:
    "Let actions/checkout fetch the token's commit as a whole: without `ref`, without `filter: tree:0`, with `submodules: true` where the project has some.",
  OBJECT_BROKEN:
    'Check the repository out again; when that does not help, look for the step that changes `.git`.',
  PATHS: 'Write the paths as plain text into the file.',
  UNREADABLE: 'Let the user of this step read the checkout.',
} as const;

function refusal(checkout: Compared, commit: string, clause: CheckoutClause) {
  const { against, differences, head } = checkout;
  if (against.kind === 'other-repository') {
    const named =
      clause.kind === 'repositories' && clause.names.some((name) => sameName(name, against.repository));
    const hint = named
      ? CHANGED
      : `Run the project from the repository of the workflow, or name the other one in the rule: \`checkout: {repositories: [${against.repository || 'OWNER/NAME'}]}\`. ${ANY}`;
    return { reason: 'OTHER_REPOSITORY', hint };
  }
  if (against.kind === 'other-commit' || (head !== '' && head !== checkout.commit)) {
    const hint = `Check out the commit that the workflow runs for (${commit}): leave \`ref\` of actions/checkout out; for a pull request that is its merge commit. ${ANY}`;
    return { reason: 'OTHER_COMMIT', hint };
  }
  const packages = differences.untracked.some((path) => path.split('/').includes('dbt_packages'));
  return { reason: 'FILES', hint: packages ? `${PACKAGES} ${ANY}` : `${CHANGED} ${ANY}` };
}

const CHANGED =
  'See what the steps before this one write there: commit it, or write it outside of the paths that dbt reads. Git attributes that change bytes (`ident`, `working-tree-encoding`, filters other than LFS) show as differences too.';
const PACKAGES =
  'Packages that another step installed are code of no commit: let this step install them, with `deps` as the first line of `command`.';
