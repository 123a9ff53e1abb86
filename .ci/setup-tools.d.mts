export const TOOLS: Readonly<Record<string, { readonly variables: readonly string[] }>>;
export const NEWEST_MINOR: number;
export const LOCKS: readonly {
  readonly name: string;
  readonly lock: string;
  readonly minor: number;
  readonly variable: string;
}[];
