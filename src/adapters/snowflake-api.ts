import { CloudFault } from '../credentials/cloud-fault.ts';
import type { Clouds, SnowflakeIdentity, SnowflakeIdentityRequest } from '../credentials/clouds.ts';
import type { Endpoints } from '../credentials/endpoints.ts';
import { accountOrigin } from '../credentials/snowflake/account.ts';
import { Secret } from '../secret.ts';
import { plain } from '../untrusted.ts';
import { askOnce, type CloudAnswer } from './cloud-answer.ts';
import { cloudWords } from './cloud-words.ts';
import { type HttpRequest, retryAfter } from './http.ts';

const STATEMENT = [
  'CURRENT_ACCOUNT()',
  "CURRENT_ORGANIZATION_NAME() || '-' || CURRENT_ACCOUNT_NAME()",
  'CURRENT_USER()',
  'CURRENT_ROLE()',
  'CURRENT_SECONDARY_ROLES()',
].join(', ');

/**
 * Snowflake's SQL API as a port: one statement, no driver, no session left behind.
 * Sources: https://docs.snowflake.com/en/developer-guide/sql-api/reference and …/sql-api/authenticating
 */
export function snowflakeApi(endpoints: Endpoints): Pick<Clouds, 'snowflakeIdentity'> {
  return {
    snowflakeIdentity: async (request, token) => {
      const answer = await askOnce(
        statementRequest(accountOrigin(request.account, endpoints), request, token),
        (text, transient) => fault({ call: 'login', status: 0, code: '', text, transient }),
      );
      if (answer.status !== 200) throw refusal(answer, token);
      return readRow(answer);
    },
  };
}

function statementRequest(
  origin: string,
  { role, warehouse, tokenType }: SnowflakeIdentityRequest,
  token: Secret,
): HttpRequest {
  const federated = tokenType === 'WORKLOAD_IDENTITY';
  return {
    url: `${origin}/api/v2/statements`,
    bearer: federated ? new Secret(`WIF.OIDC.${token.reveal()}`) : token,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'x-snowflake-authorization-token-type': federated ? 'WORKLOAD_IDENTITY_FEDERATION' : 'OAUTH',
    },
    body: JSON.stringify({ statement: `SELECT ${STATEMENT}`, role, warehouse, timeout: 15 }),
    maxBytes: 262_144,
    // Only an endpoint of the tests has such an address.
    allowLoopback: origin.startsWith('http:'),
    timeoutMs: 20_000,
    budgetMs: 20_000,
  };
}

function readRow({ status, body }: CloudAnswer): SnowflakeIdentity {
  const row: unknown = Array.isArray(body['data']) ? body['data'][0] : undefined;
  const cells = Array.isArray(row) ? row.map((cell) => (typeof cell === 'string' ? plain(cell) : '')) : [];
  const [account, accountName, user, role, secondaryRoles] = cells;
  if (!account || accountName === undefined || !user || role === undefined || secondaryRoles === undefined) {
    const text = 'the answer is not the one row of five values that was asked for';
    throw fault({ call: 'statement', status, code: '', text, transient: false });
  }
  const requestId = cloudWords(body['statementHandle'], [], 100);
  return { account, accountName, user, role, secondaryRoles, requestId };
}

/** 401 and 403 are about who asks; 422 about the statement, its role and its warehouse. */
function refusal({ status, headers, body }: CloudAnswer, token: Secret): CloudFault {
  const said = cloudWords(body['message'], [token]);
  return fault({
    call: status === 422 || status === 202 ? 'statement' : 'login',
    status,
    code: cloudWords(body['code'], [token], 20),
    text: said || `HTTP status ${status}`,
    // 202: no result within the time that the API waits.
    transient: status === 202 || status === 408 || status === 429 || status >= 500,
    retryAfterMs: retryAfter(headers),
    requestId: cloudWords(headers.get('x-snowflake-request-id') ?? body['statementHandle'], [token], 100),
  });
}

function fault(answer: Omit<ConstructorParameters<typeof CloudFault>[0], 'cloud'>): CloudFault {
  return new CloudFault({ cloud: 'snowflake', ...answer });
}
