import { describe, expect, it } from 'vitest';
import { PassportError } from '../src/errors.ts';
import { INPUT_DEFAULTS, type InputName, readInputs } from '../src/inputs.ts';

const read = (given: Partial<Record<InputName, string>> = {}) => readInputs((name) => given[name] ?? '');

function refusal(given: Partial<Record<InputName, string>>): PassportError {
  try {
    read(given);
  } catch (error) {
    if (error instanceof PassportError) return error;
    throw error;
  }
  throw new Error('the inputs were accepted');
}

describe('readInputs', () => {
  it('gives every input its default when none is given', () => {
    expect(read()).toEqual({
      policy: '.github/dbt-passport.yml',
      policyToken: undefined,
      githubToken: undefined,
      policyPins: {},
      command: 'build',
      projectDir: '.',
      dbt: '',
      signing: 'auto',
      signingKey: undefined,
      fulcioUrl: '',
      rekorUrl: '',
      tsaUrl: '',
      allowPublicLog: false,
      artifactName: 'dbt-passport',
      mode: 'run',
    });
    expect(read(INPUT_DEFAULTS)).toEqual(read());
  });

  it('reads what is given, without the white space around it', () => {
    const inputs = read({
      policy: ' acme/policies/dbt.yml@0123456789012345678901234567890123456789\n',
      environment: 'prod',
      command: 'seed\nbuild --select tag:nightly\n',
      'project-dir': 'examples/jaffle-shop',
      'retention-days': '30',
      mode: 'auth-only',
    });
    expect(inputs.policy).toBe('acme/policies/dbt.yml@0123456789012345678901234567890123456789');
    expect(inputs.environment).toBe('prod');
    expect(inputs.command).toBe('seed\nbuild --select tag:nightly');
    expect(inputs.projectDir).toBe('examples/jaffle-shop');
    expect(inputs.retentionDays).toBe(30);
    expect(inputs.mode).toBe('auth-only');
  });

  it('keeps tokens and keys out of every text', () => {
    const inputs = read({ 'policy-token': 'ghs_tokentoken', 'signing-key': 'PEMPEMPEM' });
    expect(inputs.policyToken?.reveal()).toBe('ghs_tokentoken');
    expect(inputs.signingKey?.reveal()).toBe('PEMPEMPEM');
    expect(JSON.stringify(inputs)).not.toMatch(/ghs_tokentoken|PEMPEMPEM/);
  });

  it.each<[InputName, string, string]>([
    ['mode', 'true', 'one of run, dry-run, auth-only, sign, got `true`'],
    ['mode', 'Dry-Run', 'one of run, dry-run, auth-only, sign, got `Dry-Run`'],
    ['allow-public-log', 'True', 'one of true, false, got `True`'],
    ['allow-public-log', '1', 'one of true, false, got `1`'],
    ['signing', 'none', 'one of auto, key, github, public-good, custom, deferred, got `none`'],
    ['retention-days', '0', 'a whole number from 1 to 400, got `0`'],
    ['retention-days', '401', 'a whole number from 1 to 400, got `401`'],
    ['retention-days', '1e2', 'a whole number from 1 to 400, got `1e2`'],
    ['retention-days', '07', 'a whole number from 1 to 400, got `07`'],
    ['artifact-name', 'a/b', 'at most 100 characters, none of " : < > | * ? \\ /, got `a/b`'],
    ['artifact-name', 'x'.repeat(101), 'at most 100 characters'],
    ['environment', 'x'.repeat(256), 'one line of at most 255 characters'],
    ['policy', 'a\n::set-output name=decision::allow', 'got `a\\u000a::set-output name=decision::allow`'],
    ['fulcio-url', 'http://fulcio.example', 'an https URL without a user name'],
    ['tsa-url', 'https://me@tsa.example', 'an https URL without a user name'],
    ['rekor-url', 'rekor.example', 'an https URL without a user name'],
    ['policy-sha256', 'A'.repeat(64), '64 hex digits in lower case'],
    ['policy-sha256', 'a'.repeat(63), '64 hex digits in lower case'],
    ['policy-min-serial', '0', 'a whole number from 1 to 999999999999999, got `0`'],
    ['policy-min-serial', '1.5', 'a whole number from 1'],
    ['policy-signer-identity', 'https://a.example', 'policy-signer-issuer and policy-trusted-root together'],
  ])('refuses %s %j', (name, value, message) => {
    const error = refusal({ [name]: value });
    expect(error.code).toBe('ERR_INPUT_INVALID');
    expect(error.message).toContain(`input ${name}: expected `);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(`\`${name}\``);
  });

  it.each<[string, Partial<Record<InputName, string>>, string]>([
    ['key without a key', { signing: 'key' }, 'signing-key'],
    ['a key that is not used', { signing: 'github', 'signing-key': 'PEMPEMPEM' }, 'signing-key'],
    ['custom without services', { signing: 'custom' }, 'signing'],
    ['custom without a time source', { signing: 'custom', 'fulcio-url': 'https://f.example' }, 'signing'],
    [
      'a signer of the policy without its issuer',
      { 'policy-signer-identity': 'https://a.example', 'policy-trusted-root': '{}' },
      'policy-signer-identity',
    ],
    ['a trusted root without a signer', { 'policy-trusted-root': '{}' }, 'policy-signer-identity'],
    [
      'an issuer without a signer',
      { 'policy-signer-issuer': 'https://token.example' },
      'policy-signer-identity',
    ],
    [
      'two signers',
      { 'policy-signer-key': 'PEM', 'policy-signer-issuer': 'https://token.example' },
      'policy-signer-key',
    ],
    [
      'a trusted root that is no JSON',
      { 'policy-signer-key': 'PEM', 'policy-trusted-root': '{' },
      'policy-trusted-root',
    ],
    ['services that are not used', { signing: 'github', 'tsa-url': 'https://tsa.example' }, 'signing'],
    ['a key for another job', { signing: 'deferred', 'signing-key': 'PEMPEMPEM' }, 'signing-key'],
    ['services for another job', { signing: 'deferred', 'tsa-url': 'https://tsa.example' }, 'signing'],
    ['an artifact to sign in a run', { 'artifact-id': '1' }, 'artifact-id'],
    ['a digest to sign in a run', { 'artifact-digest': 'sha256:00' }, 'artifact-digest'],
  ])('refuses %s', (_, given, name) => {
    const error = refusal(given);
    expect(error.code).toBe('ERR_INPUT_INVALID');
    expect(error.message).toMatch(new RegExp(`^input ${name}: `));
    expect(error.message).not.toContain('PEMPEMPEM');
  });

  it('reads what is demanded of the policy', () => {
    const demanded = { 'policy-sha256': 'ab'.repeat(32), 'policy-min-serial': '42' };
    const byRoot = {
      'policy-signer-identity': 'https://github.com/acme/policies/.github/workflows/sign.yml@refs/heads/main',
      'policy-signer-issuer': 'https://token.actions.githubusercontent.com',
      'policy-trusted-root': '{"tlogs":[]}',
    };
    expect(read({ ...demanded, ...byRoot }).policyPins).toEqual({
      sha256: 'ab'.repeat(32),
      minSerial: 42,
      signer: {
        kind: 'root',
        identity: byRoot['policy-signer-identity'],
        issuer: byRoot['policy-signer-issuer'],
        trustedRoot: { tlogs: [] },
      },
    });
    const key = { 'policy-signer-key': 'PEM', 'policy-trusted-root': '{}' };
    expect(read(key).policyPins.signer).toEqual({ kind: 'key', pem: 'PEM', trustedRoot: {} });
  });

  it('takes services on this machine over http', () => {
    const inputs = read({
      signing: 'custom',
      'fulcio-url': 'http://127.0.0.1:5555',
      'tsa-url': 'http://[::1]:5556/api',
    });
    expect([inputs.fulcioUrl, inputs.tsaUrl]).toEqual(['http://127.0.0.1:5555', 'http://[::1]:5556/api']);
  });
});
