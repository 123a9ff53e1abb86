import { describe, expect, it } from 'vitest';
import { endpointsFor, readEndpoints } from '../../src/credentials/endpoints.ts';

const LOCAL = { sts: 'http://127.0.0.1:4567', bigquery: 'http://127.0.0.1:4568' };

describe('services on this machine in the clouds’ place', () => {
  it('count beside an issuer on this machine', () => {
    expect(endpointsFor(LOCAL, 'http://127.0.0.1:8080')).toEqual(LOCAL);
  });

  it.each([
    'https://token.actions.githubusercontent.com',
    'https://token.actions.githubusercontent.com/acme',
    'https://token.actions.acme.ghe.com',
    'https://github.acme.example/_services/token',
    'http://127.0.0.1.attacker.example:80',
    'not an issuer',
  ])('do not count beside %s, so that no real token goes to them', (issuer) => {
    expect(endpointsFor(LOCAL, issuer)).toEqual({});
  });

  it('are read from JSON, and nothing is none', () => {
    expect(readEndpoints(JSON.stringify(LOCAL))).toEqual(LOCAL);
    expect(readEndpoints(undefined)).toEqual({});
    expect(readEndpoints('')).toEqual({});
  });

  it.each([
    'https://127.0.0.1:1',
    'http://127.0.0.1:1/path',
    'http://localhost:1',
    'http://127.0.0.1:1@attacker.example',
    'http://10.0.0.1:1',
  ])('%s is refused', (sts) => {
    expect(() => readEndpoints(JSON.stringify({ sts }))).toThrow('origins on 127.0.0.1');
  });
});
