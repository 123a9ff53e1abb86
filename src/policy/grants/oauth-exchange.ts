import * as v from 'valibot';
import type { OAuthExchange } from '../grant-types.ts';
import { AUDIENCE, closed, text, word } from '../scalars.ts';

/** `oauth:` of a grant, as it is written. */
export const oauthExchangeSchema = closed({
  token_url: text(
    /^(https:\/\/[a-z0-9.-]+(:[0-9]{1,5})?|http:\/\/127\.0\.0\.1:[0-9]{1,5})(\/[A-Za-z0-9._~-]+)+$/,
    'the https address of a token endpoint, without query',
  ),
  grant_type: v.optional(word(['token-exchange', 'jwt-bearer', 'client-assertion'])),
  client_id: v.optional(text(/^[A-Za-z0-9._~:/-]{1,200}$/, 'a client id')),
  scope: v.optional(text(/^[A-Za-z0-9._~:/-]+( [A-Za-z0-9._~:/-]+)*$/, 'scopes with one space between them')),
  audience: AUDIENCE,
});

export function oauthExchange(written: v.InferOutput<typeof oauthExchangeSchema>): OAuthExchange {
  return {
    tokenUrl: written.token_url,
    grantType: written.grant_type ?? 'token-exchange',
    ...(written.client_id && { clientId: written.client_id }),
    ...(written.scope && { scope: written.scope }),
    audience: written.audience,
  };
}
