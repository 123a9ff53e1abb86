import { PassportError } from '../errors.ts';
import type { Grant } from '../policy/grant-types.ts';
import { plain } from '../untrusted.ts';
import type { DbtEngine } from './invocation.ts';

/** What the profile of a grant needs of dbt's adapter, and since which version it has that. */
interface Need {
  /** `dbt-<name>` on PyPI. */
  readonly name: Grant['kind'];
  /** e.g. `1.12` */
  readonly since: string;
  readonly because: string;
}

/**
 * Refuses early, before anything is planned, a dbt whose adapter is missing or too old for the grant. What an old
 * adapter does with a key it does not know is an error of the warehouse that names neither.
 * @throws PassportError ERR_DBT_UNAVAILABLE with the line that installs it
 */
export function requireAdapter(engine: Pick<DbtEngine, 'adapters' | 'version'>, grant: Grant): void {
  const { name, since, because } = needOf(grant);
  const installed = engine.adapters[name];
  if (installed !== undefined && isAtLeast(installed, since)) return;
  const found =
    installed === undefined
      ? notInstalled(engine)
      : `dbt-${name} is ${plain(installed) || 'of no known version'}`;
  throw new PassportError(
    'ERR_DBT_UNAVAILABLE',
    `expected dbt-${name} ${since} or later, ${because}; ${found}`,
    {
      reason: 'ADAPTER',
      hint: `Install it into the Python of this dbt: pip install 'dbt-${name}>=${since},<2'`,
    },
  );
}

/** Sources: dbt-snowflake 1.12.0 (workload identity), dbt-redshift 1.9.0 (`method: iam_role`), the others by their profile keys. */
function needOf(grant: Grant): Need {
  switch (grant.kind) {
    case 'snowflake':
      return grant.login.route === 'oauth'
        ? { name: grant.kind, since: '1.8', because: 'for a login with an access token' }
        : { name: grant.kind, since: '1.12', because: 'for a login with workload identity' };
    case 'redshift':
      return { name: grant.kind, since: '1.9', because: 'for a login as an IAM role' };
    case 'duckdb':
      return grant.s3 === undefined
        ? { name: grant.kind, since: '1.8', because: 'for a DuckDB file' }
        : { name: grant.kind, since: '1.9', because: 'for secrets that renew themselves' };
    default:
      return { name: grant.kind, since: '1.8', because: `for a grant of the kind ${grant.kind}` };
  }
}

function notInstalled({ adapters, version }: Pick<DbtEngine, 'adapters' | 'version'>): string {
  const others = Object.keys(adapters)
    .sort()
    .map((name) => `dbt-${plain(name, 50)}`);
  return `dbt-core ${plain(version, 50)} has ${others.join(', ') || 'no adapter'}`;
}

/** Major and minor number, the rest of a version (`1.12.0rc1`) aside. What is no version is too old. */
function isAtLeast(version: string, since: string): boolean {
  const [major, minor] = numbers(version);
  const [needMajor, needMinor] = numbers(since);
  return major > needMajor || (major === needMajor && minor >= needMinor);
}

function numbers(version: string): readonly [number, number] {
  const [, major, minor] = /^([0-9]{1,4})\.([0-9]{1,4})(?![0-9])/.exec(version) ?? [];
  return [Number(major ?? -1), Number(minor ?? -1)];
}
