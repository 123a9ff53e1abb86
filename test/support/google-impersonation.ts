import type { GooglePrincipal, GoogleReply, GoogleRequest, GoogleState } from './google-state.ts';

const CALLER_SCOPES = [
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/iam',
];
/** More needs an organisation policy, which nobody has set here. */
const LONGEST_SECONDS = 3600;

/** `POST /v1/projects/-/serviceAccounts/<email>:generateAccessToken` */
export function accessTokenAnswer(state: GoogleState, request: GoogleRequest): GoogleReply {
  const caller = state.principalOf(request.headers.authorization);
  if (caller === undefined)
    return refusal(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
  if (!caller.scopes.some((scope) => CALLER_SCOPES.includes(scope))) {
    return refusal(403, 'PERMISSION_DENIED', 'Request had insufficient authentication scopes.');
  }
  const body: Readonly<Record<string, unknown>> = JSON.parse(request.body);
  const email = /serviceAccounts\/([^:/]+):/.exec(decodeURIComponent(request.url))?.[1] ?? '';
  if (!mayReach(state, caller, [...accountsOf(body['delegates']), email])) {
    const message =
      "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).";
    return refusal(403, 'PERMISSION_DENIED', message);
  }
  const [scopes, seconds] = [stringsOf(body['scope']), secondsOf(body['lifetime'])];
  if (scopes.length === 0 || !(seconds > 0 && seconds <= LONGEST_SECONDS)) {
    return refusal(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.');
  }
  const members = [`serviceAccount:${email}`];
  const { token, expiresAt } = state.issue({ email, members, scopes }, seconds);
  return { status: 200, body: { accessToken: token, expireTime: new Date(expiresAt).toISOString() } };
}

/** Each one of the chain must be allowed to act as the next. */
function mayReach({ trust }: GoogleState, caller: GooglePrincipal, chain: readonly string[]): boolean {
  return chain.every((email, index) => {
    const previous = chain[index - 1];
    const names = previous === undefined ? caller.members : [`serviceAccount:${previous}`];
    const binding = trust.bindings.find(({ serviceAccount }) => serviceAccount === email);
    return binding?.members.some((member) => names.includes(member)) ?? false;
  });
}

function accountsOf(value: unknown): readonly string[] {
  return stringsOf(value).map((name) => name.replace('projects/-/serviceAccounts/', ''));
}

function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** A duration as JSON has it: `3600s`. One hour when not given. */
function secondsOf(value: unknown): number {
  return value === undefined ? LONGEST_SECONDS : Number(/^(\d+)s$/.exec(String(value))?.[1] ?? Number.NaN);
}

function refusal(code: number, status: string, message: string): GoogleReply {
  return { status: code, body: { error: { code, message, status } } };
}
