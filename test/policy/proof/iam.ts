/** A trust policy of IAM, as far as the renderer writes one. */
interface TrustPolicy {
  readonly Version: string;
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

/** A request to STS: who vouches for the token, and the condition keys that STS makes of it. */
export interface WebIdentity {
  readonly provider: string;
  readonly keys: ReadonlyMap<string, string>;
}

const KEYS = ['Effect', 'Principal', 'Action', 'Condition'];

/**
 * Whether AssumeRoleWithWebIdentity is allowed. Source: AWS IAM, "Policy evaluation logic", "IAM JSON policy elements:
 * Condition operators" and "Conditions with multiple context keys or values": an explicit Deny wins; operators and
 * keys are AND, values are OR; names of keys have no case; StringEquals on a key that is absent does not hold.
 * Throws for every element and operator that is not known here, so that nothing is read as harmless.
 */
export function assumes(document: unknown, request: WebIdentity): boolean {
  const { Version, Statement } = document as TrustPolicy;
  if (Version !== '2012-10-17') throw new Error(`version ${Version}`);
  const effects = Statement.filter((statement) => applies(statement, request)).map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}

function applies(statement: Readonly<Record<string, unknown>>, request: WebIdentity): boolean {
  const unknown = Object.keys(statement).filter((key) => !KEYS.includes(key));
  if (unknown.length > 0) throw new Error(`elements ${unknown.join(', ')}`);
  if (statement['Effect'] !== 'Allow' && statement['Effect'] !== 'Deny') throw new Error('no effect');
  const { Federated, ...others } = statement['Principal'] as { Federated?: string };
  if (Object.keys(others).length > 0) return false;
  if (Federated !== request.provider) return false;
  if (![statement['Action']].flat().includes('sts:AssumeRoleWithWebIdentity')) return false;
  return conditionHolds((statement['Condition'] ?? {}) as Conditions, request.keys);
}

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

function conditionHolds(conditions: Conditions, keys: ReadonlyMap<string, string>): boolean {
  const byName = new Map([...keys].map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(conditions).every(([operator, wanted]) => {
    if (operator !== 'StringEquals') throw new Error(`operator ${operator}`);
    return Object.entries(wanted).every(([key, values]) => {
      const value = byName.get(key.toLowerCase());
      return value !== undefined && [values].flat().includes(value);
    });
  });
}

/** Claims of GitHub that STS makes condition keys of. Source: AWS, "Available keys for AWS OIDC federation". */
const CLAIMS = [
  'aud',
  'sub',
  'actor',
  'actor_id',
  'enterprise_id',
  'environment',
  'job_workflow_ref',
  'ref',
  'repository',
  'repository_id',
  'repository_owner_id',
  'workflow',
];

/** What STS asks IAM for a token of GitHub. The provider of the account is the one for the token's issuer. */
export function webIdentity(account: string, claims: ReadonlyMap<string, unknown>): WebIdentity {
  const issuer = String(claims.get('iss')).replace(/^https:\/\//, '');
  const texts = CLAIMS.flatMap((claim) => {
    const value = claims.get(claim);
    return typeof value === 'string' && value !== '' ? [[`${issuer}:${claim}`, value] as const] : [];
  });
  return { provider: `arn:aws:iam::${account}:oidc-provider/${issuer}`, keys: new Map(texts) };
}
