import { describe, expect, it } from 'vitest';
import type { Broker } from '../../src/credentials/broker.ts';
import { heldBroker } from '../../src/credentials/held-broker.ts';
import { Secret } from '../../src/secret.ts';

const route = async () => ({ status: 200 as const, body: '' });

/** What is held when a route is served with this authorization. */
async function heldFor(authorization: string, client?: 'bearer' | 'oauth') {
  const held: string[] = [];
  const broker: Broker = {
    serve: async () => ({ url: 'http://127.0.0.1:1/x', authorization: new Secret(authorization) }),
  };
  const hold = (secrets: readonly Secret[]) => void held.push(...secrets.map((secret) => secret.reveal()));
  const address = await heldBroker(broker, hold).serve(route, client);
  expect(address).toEqual({ url: 'http://127.0.0.1:1/x', authorization: expect.any(Secret) });
  return held;
}

describe('heldBroker', () => {
  it('holds a bearer with and without its scheme', async () => {
    expect(await heldFor('Bearer 0123456789abcdef')).toEqual(['Bearer 0123456789abcdef', '0123456789abcdef']);
  });

  it('holds the password of an OAuth client too', async () => {
    const basic = btoa('dbt:0123456789abcdef');
    expect(await heldFor(`Basic ${basic}`, 'oauth')).toEqual([`Basic ${basic}`, basic, '0123456789abcdef']);
  });
});
