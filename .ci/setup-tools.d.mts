export const TOOLS: Readonly<Record<string, { readonly variables: readonly string[] }>>;
export const NEWEST_MINOR: number;
export const LOCKS: readonly {
  readonly name: string;
  readonly lock: string;
  /** A file of what the lock has in the place of what its packages ask for. */
  readonly overrides?: string;
  readonly minor: number;
  readonly variable: string;
}[];
