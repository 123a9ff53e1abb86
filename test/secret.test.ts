import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { Secret } from '../src/secret.ts';

it('a secret prints as [secret] on every road to text', () => {
  const secret = new Secret('hunter2hunter2');
  const roads = [
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ nested: [secret] }, { depth: 5, showHidden: true }),
    [secret].join(),
    new Error(`failed with ${secret}`).message,
  ];
  for (const text of roads) {
    expect(text).toContain('[secret]');
    expect(text).not.toContain('hunter2');
  }
  expect(secret.reveal()).toBe('hunter2hunter2');
});
