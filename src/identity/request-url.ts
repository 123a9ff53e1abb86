import { PassportError } from '../errors.ts';
import { plain } from '../untrusted.ts';
import { type IssuerForm, readIssuer } from './issuer.ts';

/**
 * Reads ACTIONS_ID_TOKEN_REQUEST_URL, to which the job's bearer token goes. An earlier step can forge
 * it when the job lacks `id-token: write`, so only a host of the issuer's own platform is accepted.
 * @throws PassportError ERR_ID_TOKEN_UNAVAILABLE with the reason OIDC_URL
 */
export function readRequestUrl(text: string, issuer: string, allowLoopback: boolean): URL {
  const form = readIssuer(issuer, allowLoopback);
  if (form === undefined) throw refused(`the issuer "${plain(issuer)}" is not one of GitHub's`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !isPlainUrl(text, url)) {
    throw refused('it must be a plain URL without user, fragment or blanks');
  }
  const local = form.platform === 'loopback';
  if (url.protocol !== (local ? 'http:' : 'https:')) throw refused(`its protocol is ${plain(url.protocol)}`);
  if (!local && url.port !== '') throw refused(`it has the port ${url.port}`);
  if (!isHostOf(url.hostname, form)) {
    throw refused(`the host ${plain(url.hostname)} does not belong to ${plain(issuer)}`);
  }
  return url;
}

/** The URL parser drops blanks and turns backslashes around, so the text is looked at too. */
function isPlainUrl(text: string, url: URL): boolean {
  return /^[\x21-\x7e]+$/.test(text) && !/[\\#]/.test(text) && url.username === '' && url.password === '';
}

function isHostOf(host: string, { platform, domain }: IssuerForm): boolean {
  if (platform === 'loopback') return host === domain;
  return host.endsWith(`.${domain}`) || (platform === 'ghes' && host === domain);
}

function refused(why: string): PassportError {
  return new PassportError('ERR_ID_TOKEN_UNAVAILABLE', `ACTIONS_ID_TOKEN_REQUEST_URL is refused: ${why}`, {
    reason: 'OIDC_URL',
    hint: 'Add `permissions: id-token: write` to the job, so that the runner sets this variable itself, and remove the step that sets it. If the job runs on ghe.com or GitHub Enterprise Server, set `issuer:` in the policy.',
  });
}
