/** Services are named by ids and the environment, in the letters that a name of Kong and a path share. */
export function serviceName({ name }: { readonly name: string }): string {
  return `dbt-${name.replaceAll(/[^A-Za-z0-9_.-]/g, '-')}`;
}

/** Kong refuses to load a key that is none. */
export const NO_KEY = 'no key was given: render again with the key set of the issuer';
/** A name that never resolves (RFC 6761, section 6.4). */
export const NO_UPSTREAM = 'http://no-upstream-was-given.invalid';
