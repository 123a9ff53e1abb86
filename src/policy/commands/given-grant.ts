import { PassportError } from '../../errors.ts';
import { plain } from '../../untrusted.ts';
import type { YamlValue } from './yaml-text.ts';

interface Nested {
  [key: string]: string | Nested;
}

/**
 * The first grant from words such as `snowflake account=acme aws.region=eu-central-1`: a kind, then keys of the
 * policy reference. The loader then checks them like any other.
 * @throws ERR_INPUT_INVALID for a word without `=`, and for a key that is given twice
 */
export function givenGrant(words: readonly string[]): {
  name: string;
  keys: Readonly<Record<string, YamlValue>>;
} {
  const [kind = 'duckdb', ...pairs] = words;
  const keys: Nested = Object.create(null);
  keys['kind'] = kind;
  for (const pair of pairs) {
    const [, path, value] = /^([a-z_0-9.]+)=(.*)$/.exec(pair) ?? [];
    if (path === undefined || value === undefined) throw badWord(pair, 'key=value');
    put(keys, path.split('.'), value, pair);
  }
  if (words.length === 0) keys['path'] = 'warehouse.duckdb';
  return { name: 'warehouse', keys };
}

function put(keys: Nested, [key = '', ...rest]: readonly string[], value: string, pair: string): void {
  if (rest.length === 0) {
    if (key in keys) throw badWord(pair, 'each key once');
    keys[key] = value;
    return;
  }
  const inner = keys[key] ?? (Object.create(null) as Nested);
  if (typeof inner === 'string') throw badWord(pair, `no text under ${key} beside keys`);
  keys[key] = inner;
  put(inner, rest, value, pair);
}

function badWord(word: string, expected: string): PassportError {
  return new PassportError('ERR_INPUT_INVALID', `--grant: expected ${expected}, got ${plain(word, 100)}`, {
    hint: 'Such as: --grant snowflake account=acme-prod user=DBT role=DBT. docs/policy.md lists the keys.',
  });
}
