import { PassportError } from '../../errors.ts';
import type { AwsRole, Grant, OAuthExchange } from '../../policy/grant-types.ts';
import { plain } from '../../untrusted.ts';
import { type CloudCall, CloudFault } from '../cloud-fault.ts';
import { AWS } from './aws.ts';
import { DATABRICKS } from './databricks.ts';
import { GOOGLE } from './google.ts';
import { likelyCause } from './likely-cause.ts';
import { OAUTH } from './oauth.ts';
import { type Cloud, type Refusal, type RefusalContext, recognised, type Shown } from './refusal.ts';
import { SNOWFLAKE } from './snowflake.ts';
import { differing, trustTable } from './trust-table.ts';

export type { RefusalContext } from './refusal.ts';

/**
 * A fault of a cloud as the error that a person reads; any other error as it is. Pure: nothing is asked again.
 */
export function explained(error: unknown, context: RefusalContext): unknown {
  if (!(error instanceof CloudFault)) return error;
  const { grant } = context;
  const role = awsRoleOf(grant);
  const exchange = exchangeOf(grant);
  if (error.cloud === 'aws' && role !== undefined) return errorOf(AWS, role, error, context);
  if (error.cloud === 'google' && grant.kind === 'bigquery') return errorOf(GOOGLE, grant, error, context);
  if (error.cloud === 'snowflake' && grant.kind === 'snowflake')
    return errorOf(SNOWFLAKE, grant, error, context);
  if (error.cloud === 'databricks' && grant.kind === 'databricks')
    return errorOf(DATABRICKS, grant, error, context);
  if (error.cloud === 'oauth' && exchange !== undefined) return errorOf(OAUTH, exchange, error, context);
  return new PassportError(
    error.transient ? 'ERR_CREDENTIAL_UNAVAILABLE' : 'ERR_CREDENTIAL_REFUSED',
    plain(error.message),
    {
      cause: error,
    },
  );
}

/** The calls in a sentence. */
const CALLS: Readonly<Record<CloudCall, string>> = {
  AssumeRoleWithWebIdentity: 'AssumeRoleWithWebIdentity',
  AssumeRole: 'AssumeRole',
  'token exchange': 'the token exchange',
  generateAccessToken: 'generateAccessToken',
  tokeninfo: 'the identity of the token',
  login: 'the login',
  statement: 'the login check',
};

/** The same in one line, for an answer that a program shows in an error of its own, such as the broker's refusals. */
export function explainedLine(error: unknown, context: RefusalContext): string {
  const known = explained(error, context);
  if (!(known instanceof PassportError)) return plain(known instanceof Error ? known.message : String(known));
  const parts = [known.message, known.explanation?.cause, known.hint].filter((part) => part !== undefined);
  return parts.map((part) => part.replace(/(?<![.!?])$/, '.')).join(' ');
}

function errorOf<G>(cloud: Cloud<G>, grant: G, fault: CloudFault, context: RefusalContext): PassportError {
  const refusal = recognised(cloud, grant, fault);
  if (fault.transient) return unavailable(cloud, refusal, grant, fault);
  if (fault.status === 200) return unreadable(cloud, fault);
  const { rule, source } = context;
  const line = rule.lines.get('grants') ?? rule.line;
  return new PassportError('ERR_CREDENTIAL_REFUSED', refused(cloud, grant, fault), {
    reason: refusal.reason,
    hint: text(refusal.hint, grant),
    explanation: explanationOf(cloud, refusal, grant, context),
    ...(refusal.inPolicy && source !== undefined && { place: { file: source, line } }),
    cause: fault,
  });
}

/** A fault that passes, but stayed for the whole budget; a fault that the table knows has a better hint than waiting. */
function unavailable<G>(cloud: Cloud<G>, refusal: Refusal<G>, grant: G, fault: CloudFault): PassportError {
  const answer = fault.status === 0 ? 'no answer' : `status ${fault.status}`;
  const known = fault.status >= 400 && fault.status < 429 && refusal !== cloud.otherwise;
  const wait = `Run the job again; when it lasts, look at the network of the runner and at ${cloud.status}.`;
  return new PassportError(
    'ERR_CREDENTIAL_UNAVAILABLE',
    `${cloud.name} could not be asked for ${CALLS[fault.call]}: ${answer}${words(fault)}`,
    {
      ...(known && { reason: refusal.reason }),
      hint: known ? text(refusal.hint, grant) : wait,
      cause: fault,
    },
  );
}

/** An answer that is neither a refusal nor a credential, as of a proxy that answers for itself. */
function unreadable<G>(cloud: Cloud<G>, fault: CloudFault): PassportError {
  return new PassportError(
    'ERR_CREDENTIAL_UNAVAILABLE',
    `${cloud.name} answered ${CALLS[fault.call]} with something else than a credential${words(fault)}`,
    { hint: `Look for a proxy that answers in its place, and at ${cloud.status}.`, cause: fault },
  );
}

function refused<G>(cloud: Cloud<G>, grant: G, fault: CloudFault): string {
  const id = fault.requestId === '' ? '' : ` (request ${plain(fault.requestId, 100)})`;
  return `${cloud.name} refused ${CALLS[fault.call]} for ${plain(cloud.principal(grant))}${words(fault)}${id}`;
}

function words({ code, text: said }: CloudFault): string {
  const parts = [plain(code, 100), plain(said, 300)].filter((part) => part !== '');
  return parts.length === 0 ? '' : `: ${parts.join(': ')}`;
}

function explanationOf<G>(cloud: Cloud<G>, refusal: Refusal<G>, grant: G, context: RefusalContext) {
  const { claims } = context;
  const trust = cloud.trust(context, grant);
  const shown: Shown = refusal.show?.(grant, context) ?? {
    rows: trustTable(trust, claims),
    statement: trust.statement,
  };
  const causes = [text(refusal.cause, grant)];
  if (refusal.askClaims) causes.push(likelyCause({ claims, differing: differing(trust, claims) }));
  if (refusal.show === undefined && trust.statement === '') causes.push(NO_STATEMENT);
  return { ...shown, cause: causes.join(' ') };
}

const NO_STATEMENT =
  'No exact trust can be written: `sub_template` has a claim that the rule leaves open; close it in the rule.';

function text<G>(given: string | ((grant: G) => string), grant: G): string {
  return typeof given === 'string' ? given : given(grant);
}

function awsRoleOf(grant: Grant): AwsRole | undefined {
  if (grant.kind === 'snowflake') return grant.login.route === 'aws' ? grant.login.aws : undefined;
  if (grant.kind === 'duckdb') return grant.s3?.aws;
  return 'aws' in grant ? grant.aws : undefined;
}

function exchangeOf(grant: Grant): OAuthExchange | undefined {
  return grant.kind === 'snowflake' && grant.login.route === 'oauth' ? grant.login.oauth : undefined;
}
