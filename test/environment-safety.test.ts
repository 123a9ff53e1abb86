import { describe, expect, it } from 'vitest';
import { type Environment, refuseUnsafeEnvironment } from '../src/environment-safety.ts';
import { PassportError } from '../src/errors.ts';

const CLOUD = { platform: 'linux', serverUrl: 'https://github.com' };
const TENANT = { platform: 'linux', serverUrl: 'https://acme.ghe.com' };
const SERVER = { platform: 'linux', serverUrl: 'https://github.acme.example' };

function refusal(env: Environment, host = CLOUD): PassportError | undefined {
  try {
    refuseUnsafeEnvironment(env, host);
    return undefined;
  } catch (error) {
    if (error instanceof PassportError) return error;
    throw error;
  }
}

describe('refuseUnsafeEnvironment', () => {
  it('finds nothing in an ordinary environment', () => {
    const env = {
      PATH: '/usr/bin',
      HOME: '/home/runner',
      NODE_OPTIONS: '--max-old-space-size=8192',
      AWS_REGION: 'eu',
    };
    expect(refuseUnsafeEnvironment(env, CLOUD)).toEqual([]);
    expect(refuseUnsafeEnvironment(env, { ...CLOUD, platform: 'darwin' })).toEqual([]);
  });

  it.each(['win32', 'freebsd', ''])('refuses the platform "%s"', (platform) => {
    const error = refusal({}, { ...CLOUD, platform });
    expect(error?.code).toBe('ERR_PLATFORM_UNSUPPORTED');
    expect(error?.message).toBe(`expected a Linux or macOS runner, got ${platform}`);
  });

  it.each<[string, Environment]>([
    ['NODE_TLS_REJECT_UNAUTHORIZED', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
    ['NODE_EXTRA_CA_CERTS', { NODE_EXTRA_CA_CERTS: '/tmp/ca.pem' }],
    ['NODE_OPTIONS', { NODE_OPTIONS: '--use-openssl-ca' }],
    ['NODE_OPTIONS', { NODE_OPTIONS: '--no-warnings --tls-min-v1.0' }],
    ['NODE_OPTIONS', { NODE_OPTIONS: '--tls_keylog=/tmp/keys' }],
    ['SSL_CERT_FILE', { NODE_USE_SYSTEM_CA: '1', SSL_CERT_FILE: '/tmp/ca.pem' }],
  ])('J06: refuses %s from an earlier step', (variable, env) => {
    for (const host of [CLOUD, TENANT, { ...CLOUD, serverUrl: 'not a URL' }]) {
      const error = refusal(env, host);
      expect(error?.code).toBe('ERR_ENVIRONMENT_UNSAFE');
      expect(error?.reason).toBe('ENV_TLS');
      expect(error?.message).toContain(variable);
      expect(error?.hint).toContain(variable);
      expect(error?.message).not.toContain('/tmp/ca.pem');
    }
  });

  it('J06: lets a company server have its own certificate authority, but never no check at all', () => {
    expect(refusal({ NODE_EXTRA_CA_CERTS: '/etc/ssl/acme.pem' }, SERVER)).toBeUndefined();
    expect(refusal({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, SERVER)?.reason).toBe('ENV_TLS');
    expect(refusal({ NODE_TLS_REJECT_UNAUTHORIZED: '1', SSL_CERT_FILE: '/x' })).toBeUndefined();
  });

  it.each(['true', 'True', ' TRUE '])('E08: refuses unsecure commands set to "%s"', (value) => {
    expect(refusal({ ACTIONS_ALLOW_UNSECURE_COMMANDS: value })?.reason).toBe('ENV_UNSECURE_COMMANDS');
    expect(refusal({ ACTIONS_ALLOW_UNSECURE_COMMANDS: 'false' })).toBeUndefined();
  });

  it.each(['NODE_DEBUG', 'NODE_DEBUG_NATIVE'])(
    'E09: refuses %s, which writes headers with tokens to the log',
    (name) => {
      expect(refusal({ [name]: '*' })?.reason).toBe('ENV_DEBUG');
    },
  );

  it.each([
    'AWS_ENDPOINT_URL',
    'AWS_ENDPOINT_URL_STS',
    'GOOGLE_API_USE_MTLS_ENDPOINT',
    'GOOGLE_CLOUD_UNIVERSE_DOMAIN',
    'CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE',
    'SNOWFLAKE_HOST',
  ])('E04: refuses the endpoint override %s', (variable) => {
    expect(refusal({ [variable]: 'https://evil.example' })?.reason).toBe('ENV_ENDPOINT');
    expect(refusal({ [variable]: '' })).toBeUndefined();
  });

  it('E04: reports proxies, by name only', () => {
    const found = refuseUnsafeEnvironment(
      { HTTPS_PROXY: 'http://u:p@proxy:3128', http_proxy: 'http://proxy', NODE_USE_ENV_PROXY: '1' },
      CLOUD,
    );
    expect(found.map(({ variable, reason }) => [variable, reason])).toEqual([
      ['HTTPS_PROXY', 'ENV_PROXY'],
      ['NODE_USE_ENV_PROXY', 'ENV_PROXY'],
      ['http_proxy', 'ENV_PROXY'],
    ]);
    expect(JSON.stringify(found)).not.toContain('proxy:3128');
  });

  it('names every refused variable at once', () => {
    const error = refusal({ NODE_TLS_REJECT_UNAUTHORIZED: '0', AWS_ENDPOINT_URL: 'https://evil.example' });
    expect(error?.message).toMatch(/NODE_TLS_REJECT_UNAUTHORIZED .*; AWS_ENDPOINT_URL /);
    expect(error?.hint).toMatch(/NODE_TLS_REJECT_UNAUTHORIZED, AWS_ENDPOINT_URL/);
  });
});
