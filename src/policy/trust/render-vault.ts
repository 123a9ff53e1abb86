import type { Rule } from '../policy.ts';
import { valuesOf } from './clauses.ts';
import type { Way } from './principals.ts';
import { jsonText, shellWord } from './quoting.ts';
import type { RenderRequest, TrustFile, Written } from './rendered.ts';

/** Longest life of a token of Vault, in seconds; a rule may say less. What Vault leases to the token ends with it. */
const LIFE = 900;

/** A role of Vault's JWT method for each rule. No grant of the policy names Vault, so its policies are left to add. */
export function renderVault({ policy, principals }: RenderRequest): Written {
  const roles = principals.flatMap(({ name, ways }) =>
    ways.map((way, at) => ({ name: at === 0 ? name : `${name}.${at + 1}`, role: vaultRole(way) })),
  );
  if (roles.length === 0) return { files: [], problems: [] };
  const files: readonly TrustFile[] = roles.map(({ name, role }) => ({
    name: `${name}.json`,
    text: `${jsonText(role, 2)}\n`,
  }));
  const commands = [
    '# Once: the issuer. `jwt` is where the method is mounted; an issuer needs a mount of its own.',
    `vault write auth/jwt/config oidc_discovery_url=${shellWord(policy.issuer)} bound_issuer=${shellWord(policy.issuer)}`,
    '# Writing merges with what is there, so a role is deleted first. Add token_policies to each file.',
    ...roles.flatMap(({ name }) => [
      `vault delete ${shellWord(`auth/jwt/role/${name}`)}`,
      `vault write ${shellWord(`auth/jwt/role/${name}`)} ${shellWord(`@${name}.json`)}`,
    ]),
  ];
  return { files: [...files, { name: 'vault.sh', text: `${commands.join('\n')}\n` }], problems: [] };
}

/** Seconds that a token of Vault may live under a rule. */
export function vaultLife({ maxTtlSeconds }: Rule): number {
  return Math.min(LIFE, maxTtlSeconds ?? LIFE);
}

/**
 * Closed lists of texts only: the wildcard of `glob` crosses every separator. A claim that is absent is a refusal.
 * Source: Vault, "JWT/OIDC auth method (API)", Create role.
 */
function vaultRole({ rule, checked, audience }: Way): object {
  const claims = checked.filter(({ claim }) => claim !== 'iss' && claim !== 'aud');
  return {
    role_type: 'jwt',
    user_claim: 'repository_id',
    bound_audiences: [audience],
    bound_claims_type: 'string',
    bound_claims: Object.fromEntries(claims.map(({ claim }) => [claim, valuesOf(checked, claim)])),
    token_explicit_max_ttl: `${vaultLife(rule)}s`,
  };
}
