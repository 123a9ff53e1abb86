/** A GitHub issuer, and the hosts at which a job of its platform may ask for a token. */
export interface IssuerForm {
  readonly platform: 'github.com' | 'ghe.com' | 'ghes' | 'loopback';
  /** The request's host is a subdomain of this; for `ghes` and `loopback` it may be this itself. */
  readonly domain: string;
}

const SLUG = '(?:/[A-Za-z0-9][A-Za-z0-9_-]*)?';
const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const GITHUB = new RegExp(`^https://token\\.actions\\.githubusercontent\\.com${SLUG}$`);
const GHE = new RegExp(`^https://token\\.actions\\.(${LABEL}\\.ghe\\.com)${SLUG}$`);
const GHES = new RegExp(`^https://((?:${LABEL}\\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?)/_services/token$`);
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]):[1-9][0-9]{0,4}$/;

/**
 * Reads an issuer in the only forms that GitHub has: github.com and ghe.com, each with or without an
 * enterprise's slug, and GitHub Enterprise Server. No port, user, query, trailing slash or upper-case host.
 * @param allowLoopback whether a local issuer on 127.0.0.1 or [::1] counts; for tests and the demo
 */
export function readIssuer(issuer: string, allowLoopback: boolean): IssuerForm | undefined {
  if (issuer.length > 255) return undefined;
  if (GITHUB.test(issuer)) return { platform: 'github.com', domain: 'actions.githubusercontent.com' };
  const ghe = GHE.exec(issuer)?.[1];
  if (ghe !== undefined) return { platform: 'ghe.com', domain: ghe };
  const ghes = GHES.exec(issuer)?.[1];
  if (ghes !== undefined && !isGithubsOwn(ghes)) return { platform: 'ghes', domain: ghes };
  const loopback = LOOPBACK.exec(issuer)?.[1];
  if (allowLoopback && loopback !== undefined) return { platform: 'loopback', domain: loopback };
  return undefined;
}

/** Whether the issuer has one of GitHub's forms; see `readIssuer`. */
export function isKnownIssuer(issuer: string, allowLoopback: boolean): boolean {
  return readIssuer(issuer, allowLoopback) !== undefined;
}

/** GitHub's own domains hold no GitHub Enterprise Server; a subdomain there may be anybody's page. */
function isGithubsOwn(host: string): boolean {
  return /(^|\.)(github\.com|ghe\.com|githubusercontent\.com|github\.io)$/.test(host);
}

/** The issuer of the jobs on a GitHub server, without an enterprise's slug. */
export function issuerOf(serverUrl: string): string {
  const host = URL.parse(serverUrl)?.hostname ?? '';
  if (host === 'github.com') return 'https://token.actions.githubusercontent.com';
  return host.endsWith('.ghe.com') ? `https://token.actions.${host}` : `https://${host}/_services/token`;
}
