import { describe, expect, it } from 'vitest';
import { readRequestUrl } from '../../src/identity/request-url.ts';

const GITHUB = 'https://token.actions.githubusercontent.com';
const GHE = 'https://token.actions.acme.ghe.com/octo';
const GHES = 'https://git.acme.com/_services/token';
const LOCAL = 'http://127.0.0.1:8080';

describe('readRequestUrl', () => {
  it.each([
    [
      'https://run-actions-1-azure-eastus.actions.githubusercontent.com/73//idtoken/a/b?api-version=2.0',
      GITHUB,
    ],
    ['https://pipelines.actions.githubusercontent.com/x?y=z', `${GITHUB}/octo`],
    ['https://run-actions-1.actions.acme.ghe.com/idtoken', GHE],
    ['https://git.acme.com/_services/pipelines/idtoken?api-version=2.0', GHES],
    ['https://pipelines.git.acme.com/idtoken', GHES],
    ['http://127.0.0.1:9090/token?a=b', LOCAL],
  ])('accepts %s for %s', (url, issuer) => {
    expect(readRequestUrl(url, issuer, true).href).toBe(url);
  });

  it.each([
    ['https://run.actions.acme.ghe.com/idtoken', GITHUB],
    ['https://actions.githubusercontent.com/idtoken', GITHUB],
    ['https://xactions.githubusercontent.com/idtoken', GITHUB],
    ['https://run.actions.other.ghe.com/idtoken', GHE],
    ['https://evilgit.acme.com/idtoken', GHES],
    ['https://acme.com/idtoken', GHES],
    ['https://git.acme.com:8443/idtoken', GHES],
    ['http://git.acme.com/idtoken', GHES],
    ['http://127.0.0.1:9090/token', GITHUB],
    ['http://127.0.0.1:9090/token', 'https://evil.com'],
    ['http://localhost:9090/token', LOCAL],
    ['https://127.0.0.1:9090/token', LOCAL],
    ['https://run.actions.githubusercontent.com/idtoken', LOCAL],
    ['https://run.actions.githubusercontent.com/id\ttoken', GITHUB],
    ['https://evil.com@run.actions.githubusercontent.com/', GITHUB],
    ['https://:p@run.actions.githubusercontent.com/', GITHUB],
    ['https://run.actions.githubusercontent.com\\@evil.com/', GITHUB],
    ['https://evil.com\\.actions.githubusercontent.com/', GITHUB],
  ])('refuses %j for %s', (url, issuer) => {
    expect(() => readRequestUrl(url, issuer, true)).toThrow(expect.objectContaining({ reason: 'OIDC_URL' }));
  });

  it('refuses a loopback URL when that is not allowed', () => {
    expect(() => readRequestUrl('http://127.0.0.1:9090/token', LOCAL, false)).toThrow(
      expect.objectContaining({ code: 'ERR_ID_TOKEN_UNAVAILABLE', reason: 'OIDC_URL' }),
    );
  });
});
