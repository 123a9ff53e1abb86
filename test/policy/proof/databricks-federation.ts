import { optionOf, shellWords } from './shell-words.ts';

interface FederationPolicy {
  readonly oidc_policy: Readonly<Record<string, unknown>>;
}

const KEYS = ['issuer', 'audiences', 'subject', 'subject_claim'];
const CREATE = 'databricks account service-principal-federation-policy create SERVICE_PRINCIPAL_ID --json';

/** The policies that a script makes. Throws for commands that are not known. */
export function federationPolicies(script: string): readonly unknown[] {
  const lines = script.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    if (!line.startsWith(`${CREATE} `)) throw new Error(`command ${line}`);
    return JSON.parse(optionOf(shellWords(line), '--json') ?? '');
  });
}

/**
 * Whether one federation policy of a service principal takes a token. Source: Databricks, "Configure a federation policy":
 * `iss` equals `issuer`, `aud` is one of `audiences`, and the claim that `subject_claim` names equals `subject`.
 * Throws for every key that is not known here.
 */
export function exchanges(policy: unknown, claims: ReadonlyMap<string, unknown>): boolean {
  const { oidc_policy: written, ...others } = policy as FederationPolicy;
  const unknown = [...Object.keys(written), ...Object.keys(others)].filter((key) => !KEYS.includes(key));
  if (unknown.length > 0) throw new Error(`keys ${unknown.join(', ')}`);
  const { issuer, audiences, subject, subject_claim: claim } = written;
  if (typeof subject !== 'string' || typeof claim !== 'string') throw new Error('no subject');
  const wanted = audiences as readonly unknown[];
  return claims.get('iss') === issuer && wanted.includes(claims.get('aud')) && claims.get(claim) === subject;
}
