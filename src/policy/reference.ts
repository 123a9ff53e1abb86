import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';

/** Where a policy is: a file at a commit, or a path on the default branch of the running repository. */
export type PolicyReference =
  | {
      readonly kind: 'commit';
      readonly owner: string;
      readonly repo: string;
      readonly path: string;
      readonly commit: string;
    }
  | { readonly kind: 'path'; readonly path: string };

const AT_COMMIT = /^([A-Za-z0-9_-]{1,39})\/([A-Za-z0-9._-]{1,100})\/([A-Za-z0-9._/-]{1,255})@([0-9a-f]{40})$/;

/**
 * Reads the `policy` input.
 * @throws PassportError ERR_POLICY_UNAVAILABLE with the reason POLICY_REF for a branch, tag or short sha, which can move
 */
export function parsePolicyReference(reference: string): PolicyReference {
  const [, owner, repo, path, commit] = AT_COMMIT.exec(reference) ?? [];
  if (owner && repo && path && commit && isInside(path)) return { kind: 'commit', owner, repo, path, commit };
  if (!reference.includes('@') && reference !== '') return { kind: 'path', path: reference };
  throw refused(reference, 'expected owner/repo/path@<40 hex digits of a commit>, or a path');
}

/**
 * A path as the API may be asked for it.
 * @throws PassportError ERR_POLICY_UNAVAILABLE with the reason POLICY_REF
 */
export function repositoryPath(path: string): string {
  const relative = path.replace(/^\.\//, '');
  if (/^[A-Za-z0-9._/-]{1,255}$/.test(relative) && isInside(relative)) return relative;
  throw refused(path, 'expected a path inside the repository, without .. and in plain ASCII');
}

function isInside(path: string): boolean {
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function refused(reference: string, expected: string): PassportError {
  return policyUnavailable(
    'POLICY_REF',
    `${expected}, got ${plain(reference, 300)}`,
    'Give the full commit sha in the `policy` input; a branch, a tag or a short sha can move.',
  );
}

/** No policy, so no permission: whatever keeps the bytes from being read. */
export function policyUnavailable(reason: string, message: string, hint?: string): PassportError {
  return new PassportError('ERR_POLICY_UNAVAILABLE', message, {
    reason,
    hint: hint ?? 'Check the `policy` input; it names one YAML file.',
  });
}
