/**
 * AWS STS in front of moto: one address for STS and, with the credentials that it issued, for all other services.
 *
 * It checks what AWS checks: the token's signature with the keys of its issuer, issuer, audience and expiry; the
 * trust conditions of the role (StringEquals on claims); the limits of each parameter; for the second hop the SigV4
 * signature, the trusted role, its external id and source identity. Later requests are refused when the key was not issued here,
 * has expired or was revoked, or when the inline session policy does not allow them (S3 and STS). moto behind it then
 * checks the signature of the request and the policy of the role.
 *
 * What it cannot prove: AWS's own evaluation of policies and conditions beyond StringEquals; managed session policies,
 * which are taken and not evaluated; the packed size of a policy, which only AWS can compute; TLS; limits of rate.
 */
import { randomUUID } from 'node:crypto';
import { request as forwardTo, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { createRemoteJWKSet, decodeJwt, errors, jwtVerify } from 'jose';
import { sessionAllows } from './aws-session-policy.ts';
import { hasSignature, readAuthorization, type SignedRequest } from './aws-signature.ts';
import { startLoopback } from './loopback.ts';
import type { Moto } from './moto.ts';

export interface TrustedRole {
  readonly roleArn: string;
  /** Claims that must be equal, as `StringEquals` in the role's trust policy has them. */
  readonly conditions?: Readonly<Record<string, string | readonly string[]>>;
  /** A role that may assume this one. */
  readonly trusts?: { readonly roleArn: string; readonly externalId?: string };
  /** Seconds; 3600 when not given, as in AWS. */
  readonly maxSessionDuration?: number;
}

/** One call of STS: its parameters without the token, and how it ended. */
export interface StsRequest {
  readonly at: number;
  readonly action: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** `issued`, or the code of the refusal. */
  outcome: string;
}

export interface StsSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** `arn:aws:sts::…:assumed-role/…` */
  readonly arn: string;
  readonly roleArn: string;
  readonly policy?: string;
  readonly sourceIdentity?: string;
  readonly tags: Readonly<Record<string, string>>;
  expiresAt: number;
}

export interface AwsSts {
  /** For STS and for all other services. */
  readonly url: string;
  /** Every call of AssumeRole and AssumeRoleWithWebIdentity, oldest first. */
  readonly requests: StsRequest[];
  /** Every session that was issued, oldest first. */
  readonly issued: StsSession[];
  /** Every request to another service: its key, what it asked, how it ended. */
  readonly used: { readonly accessKeyId: string; readonly request: string; readonly outcome: string }[];
  /** Seconds that sessions live from now on, whatever was asked for; undefined: as asked. */
  setLife(seconds: number | undefined): void;
  /** What the trust policy of a role needs from now on. */
  trust(roleArn: string, conditions: NonNullable<TrustedRole['conditions']>): void;
  /** Answers every call of STS with this error instead. */
  refuse(error: AwsError | undefined): void;
  /** Who a signed GetCallerIdentity request is from, with its signature checked; null when nobody. */
  verifyCallerIdentity(request: SignedRequest): StsSession | null;
  close(): Promise<void>;
}

export interface AwsError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

class Refusal extends Error {
  readonly error: AwsError;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.error = { status, code, message };
  }
}

export async function startAwsSts(options: {
  readonly issuer: string;
  readonly audience?: string;
  readonly roles: readonly TrustedRole[];
  readonly lifeSeconds?: number;
  readonly moto: Pick<Moto, 'url' | 'user'>;
  /** Awaited with each token and each session token that comes, before the answer. */
  readonly presented?: (secret: string) => Promise<void>;
}): Promise<AwsSts> {
  const { issuer, moto, audience = 'sts.amazonaws.com' } = options;
  let { roles } = options;
  const requests: StsRequest[] = [];
  const issued: StsSession[] = [];
  const used: AwsSts['used'] = [];
  let life = options.lifeSeconds;
  let planned: AwsError | undefined;

  const sessionOf = (request: SignedRequest, check: 'signature' | 'known'): StsSession => {
    const key = readAuthorization(request.headers['authorization'])?.accessKeyId;
    const session = issued.find((one) => one.accessKeyId === key);
    if (session === undefined || request.headers['x-amz-security-token'] !== session.sessionToken)
      throw new Refusal(403, 'InvalidClientTokenId', 'The security token included in the request is invalid');
    if (Date.now() >= session.expiresAt)
      throw new Refusal(400, 'ExpiredToken', 'The provided token has expired.');
    if (check === 'signature' && !hasSignature(request, session.secretAccessKey))
      throw new Refusal(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match');
    return session;
  };

  const authorize = async (form: Form, request: SignedRequest) => {
    checkParameters(form);
    const role = roles.find((one) => one.roleArn === form['RoleArn']);
    if (form['Action'] === 'AssumeRoleWithWebIdentity') {
      const subject = await verifiedSubject(form['WebIdentityToken'] ?? '', { issuer, audience, role });
      return { role, subject };
    }
    const caller = sessionOf(request, 'signature');
    if (!mayChain(caller, role, form)) throw denied(String(form['Action']), caller.arn, form['RoleArn']);
    return { role, subject: '' };
  };

  const issue = async (form: Form, request: SignedRequest): Promise<string> => {
    const { role, subject } = await authorize(form, request);
    const seconds = Number(form['DurationSeconds'] ?? 3600);
    if (seconds > (role?.maxSessionDuration ?? 3600))
      throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
    if (form['Action'] === 'AssumeRole' && seconds > 3600)
      throw invalid(
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
      );
    const session = await fromMoto(moto, form, Date.now() + (life ?? seconds) * 1000);
    issued.push(session);
    return issuedXml(form['Action'] ?? '', session, subject);
  };

  const sts = async (form: Form, request: SignedRequest): Promise<Answer> => {
    const { WebIdentityToken: _, ...parameters } = form;
    const entry = { at: Date.now(), action: form['Action'] ?? '', parameters, outcome: 'issued' };
    requests.push(entry);
    try {
      if (planned !== undefined) {
        entry.outcome = planned.code;
        return errorXml(planned);
      }
      return { status: 200, body: await issue(form, request) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      entry.outcome = error.error.code;
      return errorXml(error.error);
    }
  };

  /** A request to another service, refused here or answered by moto. */
  const use = async (
    incoming: IncomingMessage,
    request: SignedRequest,
    body: Buffer,
    out: ServerResponse,
  ) => {
    const accessKeyId = readAuthorization(request.headers['authorization'])?.accessKeyId ?? '';
    const note = (outcome: string) =>
      used.push({ accessKeyId, request: `${request.method} ${request.url.pathname}`, outcome });
    try {
      const session = sessionOf(request, 'known');
      if (!sessionAllows(session.policy, request)) throw new Refusal(403, 'AccessDenied', 'Access Denied');
      note(String(await forward(moto.url, incoming, body, out)));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      note(error.error.code);
      const { status, body: xml } = s3ErrorXml(error.error);
      out.writeHead(status, { 'content-type': 'application/xml' });
      out.end(request.method === 'HEAD' ? '' : xml);
    }
  };

  const server = await startLoopback(async (incoming, outgoing) => {
    const body = await buffer(incoming);
    const request = signedRequest(incoming, server.url, body);
    const form: Form = Object.fromEntries(new URLSearchParams(body.toString()));
    const secret = form['WebIdentityToken'] ?? request.headers['x-amz-security-token'];
    if (secret !== undefined) await options.presented?.(secret);
    if (!/^AssumeRole(WithWebIdentity)?$/.test(form['Action'] ?? ''))
      return use(incoming, request, body, outgoing);
    const { status, body: xml, headers } = await sts(form, request);
    const own = { 'content-type': 'text/xml', 'x-amzn-requestid': randomUUID() };
    outgoing.writeHead(status, { ...own, ...headers });
    outgoing.end(xml);
  });
  return {
    url: server.url,
    requests,
    issued,
    used,
    setLife: (seconds) => {
      life = seconds;
    },
    trust: (roleArn, conditions) => {
      roles = roles.map((role) => (role.roleArn === roleArn ? { ...role, conditions } : role));
    },
    refuse: (error) => {
      planned = error;
    },
    verifyCallerIdentity: (request) => {
      const action =
        request.url.searchParams.get('Action') ?? new URLSearchParams(request.body).get('Action');
      if (action !== 'GetCallerIdentity') return null;
      try {
        return sessionOf(request, 'signature');
      } catch {
        return null;
      }
    },
    close: server.close,
  };
}

type Form = Readonly<Record<string, string | undefined>> & Readonly<Record<string, string>>;
type Answer = { readonly status: number; readonly body: string; readonly headers?: Record<string, string> };

/** Source: AWS STS API, request parameters of AssumeRole and AssumeRoleWithWebIdentity. */
function checkParameters(form: Form): void {
  const policy = form['Policy'] ?? '';
  const arns = Object.entries(form).filter(([name]) => /^PolicyArns\.member\.[0-9]+\.arn$/.test(name));
  const seconds = Number(form['DurationSeconds'] ?? 3600);
  const { Action: action, WebIdentityToken: token = '', RoleSessionName: name = '' } = form;
  const faults = [
    !/^[\w+=,.@-]{2,64}$/.test(name) && at(name, 'roleSessionName', '[\\w+=,.@-]*'),
    (seconds < 900 || seconds > 43200) && at(String(seconds), 'durationSeconds', '900 to 43200'),
    action === 'AssumeRoleWithWebIdentity' &&
      (token.length < 4 || token.length > 20_000) &&
      at(token, 'webIdentityToken', '4 to 20000 characters'),
    arns.length > 10 && at(String(arns.length), 'policyArns', 'at most 10'),
    policy.length + arns.reduce((sum, [, arn]) => sum + arn.length, 0) > 2048 &&
      at('…', 'policy', 'length less than or equal to 2048'),
  ].filter((fault) => fault !== false);
  if (faults.length > 0) throw invalid(`${faults.length} validation error detected: ${faults.join('; ')}`);
  if (policy !== '' && !isPolicy(policy))
    throw new Refusal(400, 'MalformedPolicyDocument', 'Syntax errors in policy.');
}

function at(value: string, name: string, constraint: string): string {
  return `Value '${value}' at '${name}' failed to satisfy constraint: Member must satisfy: ${constraint}`;
}

function isPolicy(text: string): boolean {
  try {
    const policy = JSON.parse(text) as { Version?: unknown; Statement?: { Effect?: unknown }[] };
    return policy.Version === '2012-10-17' && policy.Statement?.[0]?.Effect === 'Allow';
  } catch {
    return false;
  }
}

async function verifiedSubject(
  token: string,
  trust: { readonly issuer: string; readonly audience: string; readonly role: TrustedRole | undefined },
): Promise<string> {
  const { issuer, audience, role } = trust;
  const from = issuerOf(token);
  if (from !== issuer)
    throw new Refusal(
      400,
      'InvalidIdentityToken',
      `No OpenIDConnect provider found in your account for ${from}`,
    );
  const jwks = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks`));
  const { payload } = await jwtVerify(token, jwks, { issuer, audience, algorithms: ['RS256'] }).catch(
    (error: unknown) => {
      throw tokenRefusal(error);
    },
  );
  const conditions = Object.entries(role?.conditions ?? {});
  const holds = conditions.every(([claim, wanted]) => [wanted].flat().includes(String(payload[claim])));
  if (conditions.length === 0 || !holds)
    throw new Refusal(403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity');
  return payload.sub ?? '';
}

function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? '';
  } catch {
    throw new Refusal(400, 'InvalidIdentityToken', 'The ID Token provided is not a valid JWT.');
  }
}

function tokenRefusal(error: unknown): Refusal {
  if (error instanceof errors.JWTExpired)
    return new Refusal(
      400,
      'ExpiredTokenException',
      `Token expired: current date/time ${Math.floor(Date.now() / 1000)} must be before the expiration date/time ${error.payload.exp}`,
    );
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud')
    return new Refusal(400, 'InvalidIdentityToken', 'Incorrect token audience');
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed)
    return new Refusal(400, 'InvalidIdentityToken', 'The ID Token provided is not a valid JWT.');
  const message =
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";
  return new Refusal(400, 'InvalidIdentityToken', message);
}

/** The role that is assumed trusts the caller's, and the caller's session may do it. */
function mayChain(caller: StsSession, role: TrustedRole | undefined, form: Form): boolean {
  const { trusts } = role ?? {};
  if (role === undefined || trusts?.roleArn !== caller.roleArn || trusts.externalId !== form['ExternalId'])
    return false;
  const actions = ['sts:AssumeRole'];
  if (form['Tags.member.1.Key'] !== undefined) actions.push('sts:TagSession');
  if (form['SourceIdentity'] !== undefined) actions.push('sts:SetSourceIdentity');
  return actions.every((action) => sessionAllows(caller.policy, { action, resource: role.roleArn }));
}

function denied(action: string, arn: string, role = ''): Refusal {
  const message = `User: ${arn} is not authorized to perform: sts:${action} on resource: ${role}`;
  return new Refusal(403, 'AccessDenied', message);
}

function invalid(message: string): Refusal {
  return new Refusal(400, 'ValidationError', message);
}

async function fromMoto(
  moto: Pick<Moto, 'url' | 'user'>,
  form: Form,
  expiresAt: number,
): Promise<StsSession> {
  const client = new STSClient({ endpoint: moto.url, region: 'us-east-1', credentials: moto.user });
  const { RoleArn = '', RoleSessionName, Policy, SourceIdentity } = form;
  const answer = await client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));
  const tags = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) => {
    const [key, value] = [form[`Tags.member.${n}.Key`], form[`Tags.member.${n}.Value`]];
    return key === undefined ? [] : [[key, value ?? ''] as const];
  });
  return {
    accessKeyId: answer.Credentials?.AccessKeyId ?? '',
    secretAccessKey: answer.Credentials?.SecretAccessKey ?? '',
    sessionToken: answer.Credentials?.SessionToken ?? '',
    arn: answer.AssumedRoleUser?.Arn ?? '',
    roleArn: RoleArn,
    ...(Policy !== undefined && { policy: Policy }),
    ...(SourceIdentity !== undefined && { sourceIdentity: SourceIdentity }),
    tags: Object.fromEntries(tags),
    expiresAt,
  };
}

function signedRequest(incoming: IncomingMessage, base: string, body: Buffer): SignedRequest {
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat().join(',')]);
  return {
    method: incoming.method ?? '',
    url: new URL(incoming.url ?? '/', base),
    headers: Object.fromEntries(headers),
    body: body.toString(),
  };
}

/** Host and all: the signature covers them, and moto checks it. */
function forward(
  to: string,
  incoming: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
): Promise<number> {
  return new Promise((done, fail) => {
    const { 'transfer-encoding': _, ...headers } = incoming.headers;
    const options = { method: incoming.method, headers: { ...headers, 'content-length': body.length } };
    const request = forwardTo(`${to}${incoming.url}`, options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing).on('finish', () => done(answer.statusCode ?? 502));
    });
    request.on('error', fail);
    request.end(body);
  });
}

function issuedXml(action: string, session: StsSession, subject: string): string {
  const expiration = new Date(session.expiresAt).toISOString();
  const inner = [
    `<Credentials><AccessKeyId>${session.accessKeyId}</AccessKeyId>`,
    `<SecretAccessKey>${session.secretAccessKey}</SecretAccessKey>`,
    `<SessionToken>${session.sessionToken}</SessionToken><Expiration>${expiration}</Expiration></Credentials>`,
    `<AssumedRoleUser><Arn>${session.arn}</Arn><AssumedRoleId>AROAEXAMPLE:s</AssumedRoleId></AssumedRoleUser>`,
    subject && `<SubjectFromWebIdentityToken>${subject}</SubjectFromWebIdentityToken>`,
    session.sourceIdentity && `<SourceIdentity>${session.sourceIdentity}</SourceIdentity>`,
  ].join('');
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${inner}</${action}Result>${metadata}</${action}Response>`;
}

function errorXml({ status, code, message, headers }: AwsError): Answer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`;
  const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
  return { status, body, ...(headers && { headers }) };
}

function s3ErrorXml({ status, code, message }: AwsError): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`;
  return { status, body };
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : '&gt;'));
}
