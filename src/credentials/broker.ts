import type { Secret } from '../secret.ts';

/**
 * A server on 127.0.0.1 from which dbt takes credentials while it runs. Each route has a random path and a
 * bearer of its own; a request without it, and every request after the run, is refused.
 */
export interface Broker {
  /** Answers requests for this route. Starts the server with the first. */
  serve(route: BrokerRoute, client?: BrokerClient): Promise<BrokerAddress>;
}

/**
 * How a client asks. `bearer`, when not given: GET with a bearer. `oauth`: POST, as an OAuth client with HTTP
 * Basic (RFC 6749, section 2.3.1); `authorization` is then `Basic <base64 of id:secret>`. The body is not read.
 */
export type BrokerClient = 'bearer' | 'oauth';

/** Gives the answer to a request that carried the bearer. What it throws becomes a 500 without details. */
export type BrokerRoute = () => Promise<BrokerReply>;

export interface BrokerReply {
  readonly status: 200 | 403 | 503;
  /** JSON text. */
  readonly body: Secret | string;
}

export interface BrokerAddress {
  /** `http://127.0.0.1:<port>/<random>` */
  readonly url: string;
  /** To be sent as `Authorization`, exactly so. */
  readonly authorization: Secret;
}

/**
 * A server on 127.0.0.1 that streams to one Snowflake account, and changes login requests only: the
 * placeholder that the driver sends becomes what `login` gives at that moment.
 */
export type SnowflakeRelay = (options: SnowflakeRelayOptions) => Promise<{
  readonly port: number;
  /** Ends sessions that drivers have left open, then the server. Never throws. */
  close(): Promise<void>;
}>;

export interface SnowflakeRelayOptions {
  /** Origin of the account, e.g. `https://acme-prod.snowflakecomputing.com`. */
  readonly upstream: string;
  /** Every login asks for this role, whatever the driver asks for. */
  readonly role: string;
  /** Rewrites the JSON body of a login request, or refuses it with words for whoever reads dbt's log. */
  readonly login: (body: string) => Promise<{ readonly body: Secret } | { readonly refusal: string }>;
  /** Words that follow Snowflake's own when it refuses a login; drivers show them. */
  readonly refusalNote: string;
  /** Told of each session that Snowflake opened or renewed, before the driver has its tokens. */
  readonly opened: (session: SnowflakeSession) => void;
}

/** What Snowflake gave for a login, or for a renewal. */
export interface SnowflakeSession {
  readonly id: string;
  readonly how: 'login' | 'renewal';
  /** Life of the session token in seconds; 0 where Snowflake does not say. */
  readonly seconds: number;
  readonly tokens: readonly Secret[];
}
