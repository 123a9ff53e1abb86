/** What the account says of its identity providers, as far as files were given. */
export interface AwsAccounts {
  /** ARNs of providers, and the accounts that a list of them was given for. */
  readonly providers: ReadonlySet<string>;
  readonly listed: ReadonlySet<string>;
  /** Audiences that a provider takes, by its path. */
  readonly audiences: ReadonlyMap<string, readonly string[]>;
  readonly issuer: string;
  /** ARNs of roles that the policy assumes from another role. */
  readonly chained: ReadonlySet<string>;
}
