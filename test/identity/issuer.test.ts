import { describe, expect, it } from 'vitest';
import { isKnownIssuer, issuerOf, readIssuer } from '../../src/identity/issuer.ts';

const GITHUB = 'https://token.actions.githubusercontent.com';

describe('readIssuer', () => {
  it.each([
    [GITHUB, 'github.com', 'actions.githubusercontent.com'],
    [`${GITHUB}/octo-enterprise`, 'github.com', 'actions.githubusercontent.com'],
    ['https://token.actions.acme.ghe.com', 'ghe.com', 'acme.ghe.com'],
    ['https://token.actions.acme.ghe.com/octo', 'ghe.com', 'acme.ghe.com'],
    ['https://git.acme.com/_services/token', 'ghes', 'git.acme.com'],
    ['https://git-1.eu.acme.internal/_services/token', 'ghes', 'git-1.eu.acme.internal'],
  ])('knows %s', (issuer, platform, domain) => {
    expect(readIssuer(issuer, false)).toEqual({ platform, domain });
    expect(isKnownIssuer(issuer, false)).toBe(true);
  });

  it.each([
    '',
    `${GITHUB}/`,
    `${GITHUB}/a/b`,
    `${GITHUB}/a/`,
    `${GITHUB}?a=b`,
    `${GITHUB}#a`,
    `${GITHUB}:443`,
    `${GITHUB}.`,
    `${GITHUB}\n`,
    ` ${GITHUB}`,
    GITHUB.replace('https', 'http'),
    GITHUB.replace('token', 'Token'),
    GITHUB.replace('https://', 'https://user@'),
    `${GITHUB}.evil.com`,
    `${GITHUB}.evil.com/_services/token/`,
    'https://evil.com/token.actions.githubusercontent.com',
    'https://token.actions.ghe.com',
    'https://token.actions.a.b.ghe.com',
    'https://token.actions.acme.ghe.com.evil.com',
    'https://acme.github.io/_services/token',
    'https://github.com/_services/token',
    'https://token.actions.githubusercontent.com/_services/token',
    'https://GIT.acme.com/_services/token',
    'https://git.acme.com:8443/_services/token',
    'https://git.acme.com/_services/token/',
    'https://git.acme.com/_services/token?x',
    'https://user@git.acme.com/_services/token',
    'https://10.0.0.1/_services/token',
    'https://git/_services/token',
    'https://-git.acme.com/_services/token',
    `https://${'a.'.repeat(200)}com/_services/token`,
  ])('does not know %j', (issuer) => {
    expect(readIssuer(issuer, true)).toBeUndefined();
  });

  it('knows a loopback issuer only where that is allowed', () => {
    for (const issuer of ['http://127.0.0.1:8080', 'http://[::1]:8080']) {
      expect(isKnownIssuer(issuer, true)).toBe(true);
      expect(isKnownIssuer(issuer, false)).toBe(false);
    }
    for (const issuer of [
      'http://localhost:8080',
      'http://127.0.0.1',
      'http://127.0.0.2:80',
      'http://0x7f.1:80',
    ]) {
      expect(isKnownIssuer(issuer, true)).toBe(false);
    }
  });
});

describe('issuerOf', () => {
  it.each([
    ['https://github.com', 'https://token.actions.githubusercontent.com'],
    ['https://acme.ghe.com', 'https://token.actions.acme.ghe.com'],
    ['https://git.acme.example', 'https://git.acme.example/_services/token'],
  ])('the jobs of %s have tokens of %s', (server, issuer) => {
    expect(issuerOf(server)).toBe(issuer);
    expect(isKnownIssuer(issuerOf(server), false)).toBe(true);
  });
});
