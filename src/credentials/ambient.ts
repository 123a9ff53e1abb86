import { PassportError } from '../errors.ts';
import type { Grant } from '../policy/grant-types.ts';
import type { Request } from '../request.ts';
import { Secret } from '../secret.ts';
import { parseJsonSecrets } from './ambient-file.ts';
import { ambientNeed } from './ambient-variables.ts';
import type { Desk, OpenRoute } from './desk.ts';
import type { CredentialFact, Variables } from './issued.ts';
import {
  DATABRICKS_TOKEN,
  POSTGRES_PASSWORD,
  REDSHIFT_PASSWORD,
  REDSHIFT_USER,
  SNOWFLAKE_PASSWORD,
  SNOWFLAKE_PRIVATE_KEY,
  SNOWFLAKE_PRIVATE_KEY_PASSPHRASE,
} from './variable-names.ts';

/** Credentials that an earlier step of the job left in the environment. */
export interface AmbientCredentials {
  /** For the environment of dbt, while it runs. */
  readonly variables: Variables;
  /** Null for a warehouse that needs none. */
  readonly fact: CredentialFact | null;
  readonly secrets: readonly Secret[];
}

/** The names that profiles.yml asks for; DBT_ENV_SECRET keeps a value out of dbt's log. Others stay as they are. */
const RENAMED: Readonly<Record<string, string>> = {
  DATABRICKS_TOKEN,
  PGPASSWORD: POSTGRES_PASSWORD,
  REDSHIFT_PASSWORD,
  REDSHIFT_USER,
  SNOWFLAKE_PASSWORD,
  SNOWFLAKE_PRIVATE_KEY,
  SNOWFLAKE_PRIVATE_KEY_PASSPHRASE,
};

/** Variables that say where or who, and open nothing by themselves. */
const PUBLIC = new Set(['AWS_ACCESS_KEY_ID', 'GOOGLE_APPLICATION_CREDENTIALS', 'REDSHIFT_USER']);

/**
 * For teams that adopt the gate before the federation: what the grant's warehouse needs, from the job's environment,
 * and nothing else. Nobody says whose it is or how long it lives, and the fact says just that.
 * @throws PassportError ERR_CREDENTIAL_UNAVAILABLE naming what was expected
 */
export function openAmbient(
  grant: Grant,
  { environment, files }: Pick<Request, 'environment' | 'files'>,
): AmbientCredentials {
  const { alternatives, optional } = ambientNeed(grant);
  const isSet = (name: string) => (environment[name] ?? '') !== '';
  const taken = alternatives.find((names) => names.every(isSet));
  if (taken === undefined) throw missing(grant, alternatives);
  if (taken.length === 0) return { variables: new Map(), fact: null, secrets: [] };

  const names = [...taken, ...optional.filter(isSet)];
  const values = names.map((name) => [name, environment[name] ?? ''] as const);
  const secret = values.filter(([name, value]) => !PUBLIC.has(name) && !isNameIn(grant, value));
  const secrets = [...secret.map(([, value]) => new Secret(value)), ...secretsOfFile(names, files)];
  const variables = new Map<string, string | Secret>(
    values.map(([name, value]) => [RENAMED[name] ?? name, PUBLIC.has(name) ? value : new Secret(value)]),
  );
  if (grant.kind === 'bigquery') variables.set('GOOGLE_CLOUD_PROJECT', grant.project);
  const region = taken.includes('AWS_ACCESS_KEY_ID') ? regionOf(grant) : undefined;
  if (region !== undefined) variables.set('AWS_REGION', region).set('AWS_DEFAULT_REGION', region);
  return { variables, fact: factOf(names), secrets };
}

/** The same as a route; what cannot be renewed by anybody here is not planned for. */
export function openAmbientRoute(request: Pick<Request, 'environment' | 'files'>) {
  return async (grant: Grant, desk: Pick<Desk, 'issued'>): Promise<OpenRoute> => {
    const { variables, fact, secrets } = openAmbient(grant, request);
    if (fact !== null) desk.issued(fact, secrets);
    return { variables, lifetimes: [] };
  };
}

/** By the policy, not by the job. */
function regionOf(grant: Grant): string | undefined {
  if (grant.kind === 'duckdb') return grant.s3?.aws.region;
  return 'aws' in grant ? grant.aws.region : undefined;
}

/** A test database with the password `postgres` keeps no secret, and the word is everywhere. */
function isNameIn(grant: Grant, value: string): boolean {
  return Object.values(grant).includes(value);
}

function secretsOfFile(names: readonly string[], { google }: Request['files']): readonly Secret[] {
  if (!names.includes('GOOGLE_APPLICATION_CREDENTIALS')) return [];
  if (google !== null) return parseJsonSecrets(google.content);
  throw new PassportError(
    'ERR_CREDENTIAL_UNAVAILABLE',
    'only what is in the job already may be used, but the file that GOOGLE_APPLICATION_CREDENTIALS names cannot be read',
    { hint: 'Let the step before this one write it, and check the path.' },
  );
}

function factOf(names: readonly string[]): CredentialFact {
  return {
    provider: 'ambient',
    principal: 'unknown: not issued for this run',
    scope: 'unknown: whatever it opens',
    route: `variables of the job: ${names.join(', ')}`,
    issuedAt: '',
    expiresAt: '',
    requestId: '',
  };
}

function missing(grant: Grant, alternatives: readonly (readonly string[])[]): PassportError {
  const expected = alternatives.map((names) => names.join(' and ')).join(', or ');
  return new PassportError(
    'ERR_CREDENTIAL_UNAVAILABLE',
    `only what is in the job already may be used, and ${grant.kind} needs ${expected} in the environment; not set`,
    {
      hint: 'Let an earlier step put them into the environment of this step. Or the run needs to be allowed by a rule with `credentials: federated`: one with `ambient`, and audit mode for a run that it would deny, ask for none.',
    },
  );
}
