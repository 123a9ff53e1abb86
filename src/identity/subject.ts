import { type ClaimName, type Claims, claimText } from './claims.ts';

/** How the issuer builds `sub`: a fixed shape, or the `include_claim_keys` of a customised one, in order. */
export type SubjectTemplate = 'legacy' | 'immutable' | readonly string[] | undefined;

/**
 * The values that `sub` may have, rebuilt from the other claims; empty when one of them is missing or odd.
 * Without a template both fixed shapes are expected. `sub` itself is never taken apart: names may hold
 * its separators. Source: GitHub docs, "OpenID Connect reference", subject claims.
 */
export function expectedSubjects(claims: Claims, template: SubjectTemplate): readonly string[] {
  const forms =
    template === 'legacy' || template === 'immutable' ? [template] : (['legacy', 'immutable'] as const);
  const keys = typeof template === 'object' ? template : ['repo', 'context'];
  const subjects = forms.map((form) => subject(claims, keys, form)).filter((text) => text !== undefined);
  return [...new Set(subjects)];
}

/** Whether the token's own `sub` is one of the expected ones, byte for byte. */
export function subjectHolds(claims: Claims, template: SubjectTemplate): boolean {
  const sub = claimText(claims, 'sub');
  return sub.kind === 'text' && expectedSubjects(claims, template).includes(sub.value);
}

function subject(claims: Claims, keys: readonly string[], form: 'legacy' | 'immutable'): string | undefined {
  const segments = keys.map((key) => {
    if (key === 'repo') return repositorySegment(claims, form);
    if (key === 'context') return contextSegment(claims);
    return named(key, value(claims, key as ClaimName));
  });
  return segments.length === 0 || segments.includes(undefined) ? undefined : segments.join(':');
}

function repositorySegment(claims: Claims, form: 'legacy' | 'immutable'): string | undefined {
  const [owner, name, ...rest] = value(claims, 'repository')?.split('/') ?? [];
  if (!owner || !name || rest.length > 0) return undefined;
  if (form === 'legacy') return `repo:${owner}/${name}`;
  const ownerId = value(claims, 'repository_owner_id');
  const id = value(claims, 'repository_id');
  return ownerId === undefined || id === undefined ? undefined : `repo:${owner}@${ownerId}/${name}@${id}`;
}

function contextSegment(claims: Claims): string | undefined {
  if (claimText(claims, 'environment').kind !== 'missing')
    return named('environment', value(claims, 'environment'));
  if (value(claims, 'event_name') === 'pull_request') return 'pull_request';
  return named('ref', value(claims, 'ref'));
}

function named(key: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : `${key}:${text}`;
}

/** A claim as it stands in `sub`, where a colon separates segments and so is escaped inside a value. */
function value(claims: Claims, name: ClaimName): string | undefined {
  const text = claimText(claims, name);
  return text.kind === 'text' ? text.value.replaceAll(':', '%3A') : undefined;
}
