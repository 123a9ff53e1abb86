import { type Claims, shownClaim } from '../../identity/claims.ts';
import { expectedSubjects } from '../../identity/subject.ts';
import { acceptsInAnotherCase, wanted } from '../../policy/trust/clauses.ts';
import type { TrustClause } from '../../policy/trust/model.ts';
import { plain } from '../../untrusted.ts';

interface Facts {
  readonly claims: Claims;
  /** What the rendered trust would not take. */
  readonly differing: readonly TrustClause[];
}
type Guess = (facts: Facts) => string | undefined;

/**
 * What the claims say about a refusal that does not name its condition: what the statement itself would not take, and
 * what most often tells the trust over there from the policy. A `sub` that the statement would not take is enough.
 */
export function likelyCause(facts: Facts): string {
  const { differing } = facts;
  const [miss] = differing.length === 0 ? [TRUST_DIFFERS] : sentences(MISSES, facts);
  const [shape] = missed(differing, 'sub') ? [] : sentences(SHAPES, facts);
  return [miss, shape].filter((sentence) => sentence !== undefined).join(' ');
}

const TRUST_DIFFERS =
  'The token has all that the policy asks for, so it is the trust over there that differs from the policy.';

function sentences(guesses: readonly Guess[], facts: Facts): readonly string[] {
  return guesses.map((guess) => guess(facts)).filter((sentence) => sentence !== undefined);
}

const MISSES: readonly Guess[] = [
  ({ claims, differing }) => {
    const clause = differing.find((miss) => acceptsInAnotherCase(miss, shownClaim(claims, miss.claim)));
    if (clause === undefined) return undefined;
    const [given, need] = [plain(shownClaim(claims, clause.claim)), plain(wanted(clause))];
    return `Only the case of letters differs: \`${clause.claim}\` is \`${given}\`, the trust needs \`${need}\`, and clouds compare case.`;
  },
  ({ claims, differing }) => {
    if (!missed(differing, 'job_workflow_ref')) return undefined;
    const called = plain(shownClaim(claims, 'job_workflow_ref'));
    return `The job calls the reusable workflow as \`${called}\`; the trust of the policy names it by commit, so call it by that commit.`;
  },
  ({ claims, differing }) =>
    missed(differing, 'sub') && shownClaim(claims, 'event_name') === 'pull_request'
      ? 'A pull request started the run, and its token has another `sub` and `ref` than one of a branch; a pull request from a fork gets none.'
      : undefined,
  ({ differing }) =>
    missed(differing, 'sub')
      ? 'The token has another `sub` than the shapes that `sub_template` of the policy names.'
      : undefined,
  ({ differing: [first] }) => first && `The token does not have what the trust needs in \`${first.claim}\`.`,
];

const SHAPES: readonly Guess[] = [
  ({ claims }) => {
    const issuer = shownClaim(claims, 'iss');
    return /^https:\/\/token\.actions\.githubusercontent\.com\/./.test(issuer)
      ? `Your enterprise has an issuer of its own, \`${plain(issuer)}\`: a trust for GitHub's usual one, without the last part, refuses it.`
      : undefined;
  },
  ({ claims }) => {
    if (!hasShape(claims, 'immutable')) return undefined;
    const [usual = ''] = expectedSubjects(claims, 'legacy');
    return `Its \`sub\` has GitHub's immutable shape, with ids after \`@\`: a trust for \`${plain(usual)}\` refuses it.`;
  },
  ({ claims }) =>
    hasShape(claims, 'legacy')
      ? undefined
      : 'Its `sub` is customised by the repository or the organisation: a trust for one of the usual shapes refuses it.',
  ({ claims }) => {
    const environment = plain(shownClaim(claims, 'environment'));
    const usual = `Its \`sub\` ends in \`environment:${environment}\`, as the job names an environment`;
    return environment === ''
      ? undefined
      : `${usual}: a trust for a branch (\`ref:…\`), or for the immutable shape with ids, refuses it.`;
  },
];

function missed(differing: readonly TrustClause[], claim: TrustClause['claim']): boolean {
  return differing.some((clause) => clause.claim === claim);
}

function hasShape(claims: Claims, shape: 'legacy' | 'immutable'): boolean {
  return expectedSubjects(claims, shape).includes(shownClaim(claims, 'sub'));
}
