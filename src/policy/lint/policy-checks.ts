import { asciiLower } from '../../identity/claims.ts';
import type { Policy } from '../policy.ts';
import { dueMessage, policyTimeMisses } from '../review.ts';
import type { Finding } from './codes.ts';
import { audienceOf, principalOf } from './principals.ts';

const DAY = 86_400_000;
const LONGEST_DAYS = 180;
/** Roles of Snowflake that own the account or its security. Source: Snowflake, "Overview of access control", system-defined roles. */
const ADMINISTRATORS = ['ACCOUNTADMIN', 'SECURITYADMIN', 'ORGADMIN', 'GLOBALORGADMIN'];

/** What the policy shows as a whole. */
export function policyFindings(policy: Policy, now: Date): readonly Finding[] {
  return [
    ...sharedAudiences(policy),
    ...administrators(policy),
    ...legacySubject(policy),
    ...unused(policy),
    ...times(policy, now),
    ...sharedPrincipals(policy),
    ...auditMode(policy),
  ];
}

/** E12: a token for one system would be taken by the other. */
function sharedAudiences({ audience, grants }: Policy): readonly Finding[] {
  const first = new Map([[audience, 'this gate']]);
  return [...grants].flatMap(([name, grant]) => {
    const use = audienceOf(grant);
    if (use === undefined) return [];
    const other = first.get(use.audience) ?? use.system;
    first.set(use.audience, other);
    if (other === use.system) return [];
    const message = `the audience ${use.audience} of grant ${name} for ${use.system} is also that of ${other}`;
    return [{ code: 'E12', path: ['grants', name], message } as const];
  });
}

function administrators({ grants }: Policy): readonly Finding[] {
  return [...grants].flatMap(([name, grant]) =>
    grant.kind === 'snowflake' && ADMINISTRATORS.includes(grant.role.toUpperCase())
      ? [{ code: 'E24', path: ['grants', name, 'role'], message: `grant ${name} has the role ${grant.role}` }]
      : [],
  );
}

/** GitHub Enterprise Server has no immutable subjects. */
function legacySubject({ subTemplate, issuer }: Policy): readonly Finding[] {
  if (subTemplate !== 'legacy' || issuer.endsWith('/_services/token')) return [];
  const message = 'sub has names only, which pass to whoever takes over a deleted or renamed repository';
  return [{ code: 'W05', path: ['sub_template'], message }];
}

function unused({ grants, repositories, rules }: Policy): readonly Finding[] {
  const named = new Set(rules.flatMap((rule) => rule.grants));
  const used = new Set(rules.map(({ repository }) => repository));
  return [
    ...[...grants.keys()]
      .filter((name) => !named.has(name))
      .map((name) => finding('W06', ['grants', name], `no rule uses the grant ${name}`)),
    ...[...repositories]
      .filter(([, repository]) => !used.has(repository))
      .map(([name]) => finding('W06', ['repositories', name], `no rule uses the repository ${name}`)),
  ];
}

function times(policy: Policy, now: Date): readonly Finding[] {
  const { notAfter, review } = policy;
  const left = notAfter === undefined ? undefined : Date.parse(notAfter) - now.getTime();
  const due = dueMessage('the policy', review, now);
  return [
    ...(left !== undefined && left > LONGEST_DAYS * DAY
      ? [finding('W07', ['not_after'], `not_after is ${Math.floor(left / DAY)} days ahead`)]
      : []),
    ...(left !== undefined && left < 0
      ? [finding('W12', ['not_after'], `the policy allows nothing since ${notAfter}`)]
      : []),
    ...(due === undefined ? [] : [finding('W11', ['max_age_days'], due)]),
    ...policyTimeMisses(policy, now).map(({ expected, actual }) =>
      finding(
        'W12',
        ['last_reviewed'],
        `the policy allows nothing: expected ${expected}, last reviewed ${actual}`,
      ),
    ),
  ];
}

/** W13: whoever holds one environment has what the other has. */
function sharedPrincipals({ rules, grants }: Policy): readonly Finding[] {
  const first = new Map<string, string>();
  return rules.flatMap((rule, index) => {
    const place = `${asciiLower(rule.environment.name)} of ${rule.repository.name}`;
    return rule.grants.flatMap((name) => {
      const grant = grants.get(name);
      const principal = grant && principalOf(grant);
      if (principal === undefined) return [];
      const other = first.get(principal) ?? place;
      first.set(principal, other);
      if (other === place) return [];
      const message = `the environments ${place} and ${other} both become ${principal}`;
      return [finding('W13', ['rules', index, 'grants'], message)];
    });
  });
}

function auditMode({ mode }: Policy): readonly Finding[] {
  if (mode !== 'audit') return [];
  const message = 'runs that a clause denies go on with the credentials of their job';
  return [finding('W14', ['mode'], message)];
}

function finding(code: Finding['code'], path: Finding['path'], message: string): Finding {
  return { code, path, message };
}
