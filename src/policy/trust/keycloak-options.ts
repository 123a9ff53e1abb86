/** How the realm of Keycloak is written, where the policy does not say. The audience is the realm's own address. */
export interface KeycloakOptions {
  /** Audiences of the access tokens that the realm hands out, such as `snowflake`. */
  readonly receivers?: readonly string[];
}
