import { describe, expect, it } from 'vitest';
import type { InputName } from '../src/inputs.ts';
import { readSignInputs } from '../src/sign-inputs.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;
const read = (given: Partial<Record<InputName, string>> = {}) =>
  readSignInputs(
    (name) => ({ mode: 'sign', 'artifact-id': '7000000', 'artifact-digest': DIGEST, ...given })[name] ?? '',
  );

describe('the inputs of mode sign', () => {
  it('are the artifact and how to sign it', () => {
    const inputs = read({ 'tsa-url': 'https://tsa.example', 'signing-key': 'PEM', 'retention-days': '7' });
    expect(inputs).toMatchObject({ signing: 'auto', retentionDays: 7, artifactName: 'dbt-passport' });
    expect(inputs.artifact).toEqual({ id: '7000000', digest: DIGEST });
    expect(inputs.signingKey?.reveal()).toBe('PEM');
  });

  it('what the runner gives by default is no wish', () => {
    expect(() =>
      read({
        policy: '.github/dbt-passport.yml',
        command: 'build',
        'project-dir': '.',
        'policy-token': 'ghs',
        'github-token': 'ghs',
      }),
    ).not.toThrow();
  });

  it.each<[InputName, string]>([
    ['policy', 'policy.yml'],
    ['policy-sha256', 'a'.repeat(64)],
    ['environment', 'prod'],
    ['command', 'run'],
    ['project-dir', 'shop'],
    ['dbt', '1.11.16'],
  ])('refuses %s, which nothing here uses', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(`input ${name}: expected nothing, because mode is sign`);
  });

  it.each<[InputName, readonly string[]]>([
    ['artifact-id', ['', '0', '07', '1.5', '../1', '1 2', '1e3', '9'.repeat(16)]],
    [
      'artifact-digest',
      [
        '',
        'sha256:',
        '0a'.repeat(32),
        `sha256:${'0A'.repeat(32)}`,
        `sha512:${'0a'.repeat(32)}`,
        `${DIGEST}0`,
      ],
    ],
    ['signing', ['deferred', 'none']],
    ['signing-key', ['']],
  ])('%s must be in its form', (name, values) => {
    for (const value of values) {
      const given = name === 'signing-key' ? { signing: 'key' } : { [name]: value };
      expect(() => read(given), value).toThrow(`input ${name}: expected `);
    }
  });
});
