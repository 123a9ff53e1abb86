import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect } from 'vitest';

/** One test of a file. */
export interface Test {
  readonly name: string;
  readonly run: () => unknown;
}

type Body = (...values: unknown[]) => unknown;
type Declare = (name: string, body: Body) => void;

/**
 * What a test file imports from `vitest`, where the tests are collected and a caller runs them one by one: `expect` is
 * vitest's own. Hooks are not there, so a file that needs them cannot be loaded.
 */
export function standIn(file: string, tests: Test[]): object {
  let prefix = '';
  const describe: Declare = (name, body) => {
    const outer = prefix;
    prefix = `${outer}${name} > `;
    body();
    prefix = outer;
  };
  const it: Declare = (name, body) => tests.push({ name: `${prefix}${name}`, run: body });
  return {
    describe: withForms(describe),
    it: withForms(it),
    expect: expecting(dirname(file)),
  };
}

function withForms(declare: Declare): object {
  const each = (cases: readonly unknown[]) => (name: string, body: Body) => {
    cases.forEach((values, at) => {
      declare(`${name} [${at}]`, () => (Array.isArray(values) ? body(...values) : body(values)));
    });
  };
  const skipIf = (condition: unknown) => (condition ? () => undefined : declare);
  return Object.assign(declare, { each, skipIf });
}

/** Vitest's `expect`, whose snapshots in files need no run of Vitest: they are compared and never written. */
function expecting(folder: string): typeof expect {
  return new Proxy(expect, {
    apply(_, __, [value, message]: Parameters<typeof expect>) {
      const toMatchFileSnapshot = async (name: string) =>
        expect(value).toBe(readFileSync(resolve(folder, name), 'utf8'));
      return new Proxy(expect(value, message), {
        get: (target, key) =>
          key === 'toMatchFileSnapshot' ? toMatchFileSnapshot : Reflect.get(target, key),
      });
    },
  });
}
