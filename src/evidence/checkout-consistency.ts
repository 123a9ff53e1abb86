import { checkoutText } from '../checkout/words.ts';
import { sameName } from '../identity/claims.ts';
import { plain } from '../untrusted.ts';
import type { RuleInFile } from './policy-file.ts';
import type { DbtRunPredicate } from './predicate.ts';
import { mustEqual } from './verdict.ts';

type Checkout = NonNullable<DbtRunPredicate['checkout']>;

/** What the record says of the checkout against itself: a match leaves no difference, and no other code is planned but by its clause. */
export function checkCheckout({ checkout, plan, identity }: DbtRunPredicate): string {
  if (checkout === undefined) return 'not recorded';
  const { matchesToken, compared, clause } = checkout;
  if (matchesToken !== isMatch(checkout))
    throw new Error('what was compared contradicts whether it is the commit of the token');
  if (compared?.of === 'token' && compared.commit !== identity?.claims['sha'])
    throw new Error('it was compared with another commit than that of the token');
  const named = clause === 'repositories' && compared?.of === 'other-repository' && isClean(checkout);
  if (plan !== undefined && !matchesToken && !named && clause !== 'any')
    throw new Error(`dbt was started under checkout: ${clause}, which this checkout is not`);
  return checkoutText(checkout);
}

function isMatch(checkout: Checkout): boolean {
  const { compared, head } = checkout;
  if (compared === undefined || (compared.of !== 'token' && compared.of !== 'submodule')) return false;
  return isClean(checkout) && (head === undefined || head === compared.commit);
}

function isClean({ compared }: Checkout): boolean {
  return Object.values(compared?.differences ?? {}).every(({ count }) => count === 0);
}

/** The clause that a record names is that of the rule in policy.yml, and another repository is one that the rule names. */
export function checkClauseOf(
  { checkout, plan }: DbtRunPredicate,
  id: string,
  written: RuleInFile['checkout'],
): void {
  if (checkout === undefined) return;
  const names = typeof written === 'string' ? null : written.repositories;
  mustEqual(`checkout of rule ${id}`, names === null ? written : 'repositories', checkout.clause);
  if (names === null || plan === undefined || checkout.matchesToken) return;
  const { repository = '' } = checkout.compared ?? {};
  if (!names.some((name) => sameName(name, repository)))
    throw new Error(`rule ${id} does not take the repository ${plain(repository)}`);
}
