export interface NpmPackage {
  readonly name: string;
  /** Its folder relative to the repository: the same package can be there in two versions. */
  readonly folder: string;
}

/** The npm package that a bundled file belongs to, or undefined for our own source. */
export function packageOf(path: string): NpmPackage | undefined {
  const match = /^(.*node_modules\/)((?:@[^/]+\/)?[^/]+)\//.exec(path);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { name: match[2], folder: match[1] + match[2] };
}
