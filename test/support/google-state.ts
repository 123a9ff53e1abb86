/** What Google's services on 127.0.0.1 share: whom they trust, requests and replies, and whose a token is. */
import type { IncomingMessage } from 'node:http';

export type GoogleClaims = Readonly<Record<string, unknown>>;

/** A provider of a workload identity pool. */
export interface GoogleProvider {
  /** `projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>` */
  readonly name: string;
  /** Its key set is fetched for every exchange. */
  readonly issuer: string;
  /** Google's own when not given. */
  readonly audiences?: readonly string[];
  /** `google.subject` and `attribute.<name>`. */
  readonly mapping: Readonly<Record<string, (claims: GoogleClaims) => string>>;
  readonly condition: (claims: GoogleClaims) => boolean;
}

/** Who may have tokens of a service account: `principalSet://…`, `principal://…` or `serviceAccount:<email>`. */
export interface GoogleBinding {
  readonly serviceAccount: string;
  readonly members: readonly string[];
}

export interface GoogleTrust {
  readonly providers: readonly GoogleProvider[];
  readonly bindings: readonly GoogleBinding[];
}

/** Whose an access token is. `members` are the names under which a binding may name it. */
export interface GooglePrincipal {
  readonly email: string;
  readonly members: readonly string[];
  readonly scopes: readonly string[];
  readonly expiresAt: number;
}

export interface GoogleRequest {
  readonly call: 'token' | 'generateAccessToken' | 'tokeninfo' | 'other';
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface GoogleReply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the services share: the trust as it is now, and the tokens. */
export interface GoogleState {
  trust: GoogleTrust;
  /** Seconds that access tokens live at most. */
  life: number;
  issue(principal: Omit<GooglePrincipal, 'expiresAt'>, seconds: number): { token: string; expiresAt: number };
  principalOf(authorization: string | undefined): GooglePrincipal | undefined;
}
