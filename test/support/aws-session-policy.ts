/** An inline session policy, evaluated for what the tests do: Allow statements with `*` in actions and resources. */
import { readAuthorization, type SignedRequest } from './aws-signature.ts';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}
interface Asked {
  readonly action: string;
  readonly resource: string;
}

/** Whether a session with this policy may do it; without a policy, it is for the role's own permissions to say. */
export function sessionAllows(policy: string | undefined, request: SignedRequest | Asked): boolean {
  if (policy === undefined) return true;
  const { action, resource } = 'action' in request ? request : askedOf(request);
  if (action === 'sts:GetCallerIdentity') return true;
  const { Statement: statements } = JSON.parse(policy) as { readonly Statement: readonly Statement[] };
  return statements.some(
    ({ Action, Resource }) =>
      [Action].flat().some((pattern) => matches(pattern, action)) &&
      [Resource].flat().some((pattern) => matches(pattern, resource)),
  );
}

const OBJECT_ACTIONS: Readonly<Record<string, string>> = {
  GET: 's3:GetObject',
  HEAD: 's3:GetObject',
  PUT: 's3:PutObject',
  POST: 's3:PutObject',
  DELETE: 's3:DeleteObject',
};

function askedOf({ method, url, headers, body }: SignedRequest): Asked {
  const service = readAuthorization(headers['authorization'])?.service ?? '';
  if (service !== 's3')
    return { action: `${service}:${new URLSearchParams(body).get('Action') ?? 'Any'}`, resource: '*' };
  const path = decodeURIComponent(url.pathname.slice(1));
  const action = path.includes('/') ? (OBJECT_ACTIONS[method] ?? 's3:Any') : 's3:ListBucket';
  return { action, resource: `arn:aws:s3:::${path}` };
}

function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${[first, ...rest].join('.*')}$`).test(text);
}
