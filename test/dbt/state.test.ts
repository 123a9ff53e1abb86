import { describe, expect, it } from 'vitest';
import { readState, stateFolder } from '../../src/dbt/state.ts';
import { command } from '../support/dbt.ts';

describe('FF-A8: stateFolder', () => {
  it.each([
    ['build --defer --state prod', 'prod'],
    ['build --defer --state prod --defer-state=other', 'other'],
    ['build --defer --state a --state b', 'b'],
    ['build --state prod', null],
    ['build --defer', null],
    ['clone --state prod', 'prod'],
    ['build', null],
  ])('of %s is %s', (text, folder) => {
    expect(stateFolder(command(text))).toBe(folder);
  });
});

describe('readState', () => {
  it('takes the names of what dbt can defer to', () => {
    const node = (resource_type: string) => ({
      resource_type,
      schema: 'main',
      alias: 'a',
      compiled_code: 'long',
    });
    const nodes = { 'model.p.a': node('model'), 'seed.p.a': node('seed'), 'test.p.a': node('test') };
    const state = readState(new TextEncoder().encode(JSON.stringify({ nodes })));
    expect([...(state?.keys() ?? [])]).toEqual(['model.p.a', 'seed.p.a']);
    expect(state?.get('model.p.a')).not.toHaveProperty('compiledCode');
  });

  it('is null for what is no manifest', () => {
    expect(readState(new TextEncoder().encode('{"nodes": '))).toBeNull();
  });
});
