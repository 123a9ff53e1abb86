import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches, showSelector } from '../../src/dbt/selector.ts';
import type { Selector } from '../../src/policy/policy.ts';
import { manifestNode } from '../support/records.ts';

const node = {
  ...manifestNode('model.shop.orders'),
  tags: ['nightly', 'Finance'],
  originalFilePath: 'models/marts/orders.sql',
  packageName: 'shop',
  schema: 'main',
  database: 'db',
  group: 'core',
  access: 'public',
};
const hit = (method: Selector['method'], value: string, path = node.originalFilePath) =>
  matches({ ...node, originalFilePath: path }, { method, value });

describe('matches', () => {
  it.each([
    ['tag', 'nightly'],
    ['path', 'models/marts/orders.sql'],
    ['path', 'models/marts'],
    ['path', './models/'],
    ['package', 'shop'],
    ['schema', 'main'],
    ['database', 'db'],
    ['group', 'core'],
    ['access', 'public'],
  ] as const)('%s:%s', (method, value) => {
    expect(hit(method, value)).toBe(true);
  });

  it.each([
    ['tag', 'night'],
    ['tag', 'finance'],
    ['tag', '*'],
    ['path', 'models/mart'],
    ['path', 'marts'],
    ['path', 'models/marts/orders.sql/x'],
    ['path', ''],
    ['path', '/'],
    ['path', 'models/*'],
    ['package', 'sho'],
    ['schema', 'MAIN'],
    ['database', ''],
    ['group', 'Core'],
    ['access', 'private'],
  ] as const)('not %s:%s', (method, value) => {
    expect(hit(method, value)).toBe(false);
  });

  it('reads paths of Windows and resolves ".."', () => {
    expect(hit('path', 'models/marts', 'models\\marts\\orders.sql')).toBe(true);
    expect(hit('path', 'models', 'models/../secret/x.sql')).toBe(false);
    expect(hit('path', 'secret', 'models/../secret/x.sql')).toBe(true);
    expect(hit('path', 'models', '../models/x.sql')).toBe(false);
  });

  it('property: a path selector matches the file and each folder above it, and no other prefix', () => {
    const name = fc.stringMatching(/^[a-z_]{1,6}$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), fc.nat(5), name, (parts, count, other) => {
        const above = parts.slice(0, (count % parts.length) + 1).join('/');
        expect(hit('path', above, parts.join('/'))).toBe(true);
        expect(hit('path', `${above}${other}`, parts.join('/'))).toBe(false);
      }),
    );
  });
});

it('showSelector writes it as the policy does', () => {
  expect(showSelector({ method: 'path', value: 'models/marts' })).toBe('path:models/marts');
});
