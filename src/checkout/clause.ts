/** Which code a rule lets dbt run. */
export type CheckoutClause =
  /** The commit of the token, file by file. */
  | { readonly kind: 'token-commit' }
  /** Whatever is checked out; what was seen is recorded. */
  | { readonly kind: 'any' }
  /** The commit of the token, or an unchanged checkout of a repository whose remote has one of these names. */
  | { readonly kind: 'repositories'; readonly names: readonly string[] };

/** The clause on one line, for people. */
export function clauseText(clause: CheckoutClause): string {
  return clause.kind === 'repositories' ? `token_commit, or ${clause.names.join(', ')}` : clauseWord(clause);
}

/** The clause as policies and records write it. */
export function clauseWord({ kind }: CheckoutClause): 'token_commit' | 'any' | 'repositories' {
  return kind === 'token-commit' ? 'token_commit' : kind;
}
