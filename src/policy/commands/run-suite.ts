import type { ClaimName, Claims, Identity } from '../../identity/claims.ts';
import { identityOf, rerunBy } from '../../identity/given-claims.ts';
import { expectedSubjects } from '../../identity/subject.ts';
import { decide } from '../decide.ts';
import type { Decision } from '../decision.ts';
import type { LoadedPolicy, Policy } from '../policy.ts';
import type { Case, Suite } from './suite.ts';

/** How a case ended. */
export interface CaseResult {
  readonly name: string;
  readonly ok: boolean;
  readonly file: string;
  readonly line: number;
  readonly expected: string;
  readonly actual: string;
}

/** How the suites of one policy ended. */
export interface TestReport {
  readonly policy: string;
  readonly policySha256: string;
  readonly results: readonly CaseResult[];
  /** Rules that no case expects to allow anything: nobody would notice if they allowed more, or nothing. */
  readonly untestedRules: readonly string[];
}

/** Decides every case and compares. */
export function runSuites(loaded: LoadedPolicy, suites: readonly Suite[], now: Date): TestReport {
  const ran = suites.flatMap((suite) => {
    const time = suite.now === undefined ? now : new Date(suite.now);
    return suite.cases.map((each) => runCase(loaded, suite.file, each, time));
  });
  const allowing = new Set(ran.map(({ decision }) => decision.rule));
  return {
    policy: loaded.source,
    policySha256: loaded.sha256,
    results: ran.map(({ result }) => result),
    untestedRules: loaded.policy.rules.map(({ id }) => id).filter((id) => !allowing.has(id)),
  };
}

function runCase(
  loaded: LoadedPolicy,
  file: string,
  written: Case,
  now: Date,
): { readonly result: CaseResult; readonly decision: Decision } {
  const request = written.environment === undefined ? {} : { environment: written.environment };
  const { name, line } = written;
  const token = tokenOf(loaded.policy, written.claims);
  const party = written.rerunBy === undefined ? token : rerunBy(token, written.rerunBy);
  const decision = decide(loaded, party, request, now);
  const expected = expectedText(written);
  return {
    decision,
    result: { name, file, line, ok: isAsExpected(written, decision), expected, actual: actualText(decision) },
  };
}

/** A whole token: `iss` and `aud` are the policy's, `ref_type` and `sub` follow the other claims; unless they are written. */
function tokenOf({ issuer, audience, subTemplate }: Policy, written: Case['claims']): Identity {
  const ref = written.get('ref');
  const type = ref === undefined ? undefined : ref.startsWith('refs/tags/') ? 'tag' : 'branch';
  const claims = new Map<ClaimName, string>([
    ['iss', issuer],
    ['aud', audience],
    ...(type ? ([['ref_type', type]] as const) : []),
    ...written,
  ]);
  const [sub] = expectedSubjects(claims as Claims, subTemplate);
  if (!claims.has('sub') && sub !== undefined) claims.set('sub', sub);
  return identityOf(Object.fromEntries(claims));
}

function isAsExpected({ expect, rule, reasons }: Case, decision: Decision): boolean {
  if (decision.allow !== (expect === 'allow')) return false;
  if (rule !== undefined && decision.rule !== rule) return false;
  return reasons === undefined || sameCodes(reasons, codesOf(decision));
}

function sameCodes(left: readonly string[], right: readonly string[]): boolean {
  const text = (codes: readonly string[]) =>
    [...new Set(codes)]
      .filter((code) => code !== 'NO_RULE')
      .sort()
      .join();
  return text(left) === text(right);
}

function codesOf({ reasons }: Decision): readonly string[] {
  return [...new Set(reasons.map(({ code }) => code))];
}

function expectedText({ expect, rule, reasons }: Case): string {
  if (expect === 'allow') return rule === undefined ? 'allow' : `allow by rule ${rule}`;
  return reasons === undefined ? 'deny' : `deny with ${reasons.join(', ')}`;
}

function actualText(decision: Decision): string {
  return decision.allow ? `allow by rule ${decision.rule}` : `deny with ${codesOf(decision).join(', ')}`;
}
