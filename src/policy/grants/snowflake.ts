import * as v from 'valibot';
import type { SnowflakeGrant, SnowflakeLogin } from '../grant-types.ts';
import { AUDIENCE, kindOf, THREADS, text, word } from '../scalars.ts';
import { awsRole, awsRoleSchema } from './aws-role.ts';
import { oauthExchange, oauthExchangeSchema } from './oauth-exchange.ts';

/** Unquoted identifiers only: what a quoted one means depends on who reads it. */
const IDENTIFIER = text(/^[A-Za-z_][A-Za-z0-9_$]{0,254}$/, 'an unquoted Snowflake identifier');

/** `kind: snowflake` as it is written. */
export const snowflakeSchema = kindOf({
  kind: v.literal('snowflake', 'snowflake'),
  account: text(
    /^(?!.*\.snowflakecomputing\.)[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9-]+){0,3}$/,
    'an account identifier, without .snowflakecomputing.com',
  ),
  user: IDENTIFIER,
  role: IDENTIFIER,
  warehouse: IDENTIFIER,
  database: IDENTIFIER,
  schema: IDENTIFIER,
  threads: v.optional(THREADS),
  login: v.optional(word(['relay', 'token', 'aws', 'oauth'])),
  audience: v.optional(AUDIENCE),
  aws: v.optional(awsRoleSchema),
  oauth: v.optional(oauthExchangeSchema),
});

/** Fills in what was left out: `login: relay`, Snowflake's own audience, 4 threads. */
export function snowflakeGrant(written: v.InferOutput<typeof snowflakeSchema>): SnowflakeGrant {
  const { account, user, role, warehouse, database, schema } = written;
  return {
    kind: 'snowflake',
    ...{ account, user, role, warehouse, database, schema },
    threads: Number(written.threads ?? '4'),
    login: loginOf(written),
  };
}

/** The loader has checked that `aws` and `oauth` are there exactly where the route needs them. */
function loginOf({ login = 'relay', ...written }: v.InferOutput<typeof snowflakeSchema>): SnowflakeLogin {
  if (login === 'aws' && written.aws) return { route: login, aws: awsRole(written.aws) };
  if (login === 'oauth' && written.oauth) return { route: login, oauth: oauthExchange(written.oauth) };
  return {
    route: login === 'token' ? 'token' : 'relay',
    audience: written.audience ?? 'snowflakecomputing.com',
  };
}
