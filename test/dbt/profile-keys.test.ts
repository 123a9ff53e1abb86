import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { findProfileKeys } from '../../src/dbt/profile-keys.ts';

const PROFILES = `config: { send_anonymous_usage_stats: false }
shop:
  target: prod
  outputs:
    prod:
      type: snowflake
      user: DBT
      private_key_path: /home/me/rsa_key.p8
      private_key_passphrase: "{{ env_var('PASSPHRASE') }}"
      password: "{{ env_var('PW', 'hunter22') }}"
    bq:
      type: bigquery
      keyfile: keys/prod.json
      keyfile_json:
        type: service_account
        private_key: "{{ env_var('KEY') }}"
        private_key_id: abc
    duck:
      secrets:
        - type: s3
          key_id: AKIA
          secret: '{{ env_var("S3_SECRET", "") | trim }}'
    pg: &pg
      pass: "{{ 'hunter' ~ '22' }}"
    old:
      <<: *pg
      password: "{{ env_var('PG') }}"
      token: ''
      port: 5432
`;

describe('findProfileKeys', () => {
  it('names each written credential by its path and line', () => {
    expect(findProfileKeys(PROFILES)?.map(({ path, line }) => `${line} ${path}`)).toEqual([
      '8 shop.outputs.prod.private_key_path',
      '10 shop.outputs.prod.password',
      '13 shop.outputs.bq.keyfile',
      '14 shop.outputs.bq.keyfile_json',
      '21 shop.outputs.duck.secrets[0].key_id',
      '24 shop.outputs.pg.pass',
    ]);
  });

  it('follows an alias to what it stands for', () => {
    const text = (value: string) => `a: &a ${value}\nb: { password: *a }\n`;
    expect(findProfileKeys(text('hunter22'))).toEqual([{ path: 'b.password', line: 2 }]);
    expect(findProfileKeys(text(`"{{ env_var('X') }}"`))).toEqual([]);
  });

  it.each([
    ['behind an alias as its name', 'a: &k password\nb:\n  *k : hunter22\n', 'b.password'],
    ['joined to a variable', `b: { password: "{{ env_var('X', '') ~ 'hunter22' }}" }\n`, 'b.password'],
    [
      'as the value of a filter',
      `b: { password: "{{ env_var('X', '') | default('hunter22') }}" }\n`,
      'b.password',
    ],
    ['as another choice', `b: { password: "{{ env_var('X', '') or 'hunter22' }}" }\n`, 'b.password'],
    ['in the path of MotherDuck', 'b: { path: "md:shop?motherduck_token=ey22" }\n', 'b.path'],
  ])('finds a password %s', (_, text, path) => {
    expect(findProfileKeys(text)?.map((found) => found.path)).toEqual([path]);
  });

  it('takes a variable in the path of MotherDuck for what it is', () => {
    const text = `b: { path: "md:shop?motherduck_token={{ env_var('T') }}" }\n`;
    expect(findProfileKeys(text)).toEqual([]);
  });

  it('finds any written password, wherever it stands', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 6 }),
        fc.string({ minLength: 1 }),
        (path, value) => {
          fc.pre(value.trim() !== '');
          const nested = path.reduceRight<unknown>((inner, key) => ({ [`${key}_`]: inner }), {
            password: value,
          });
          expect(findProfileKeys(stringify(nested))).toHaveLength(1);
        },
      ),
    );
  });

  it('never throws, whatever the text is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void findProfileKeys(text)));
    expect(findProfileKeys('a: [b')).toBeNull();
    expect(findProfileKeys('')).toEqual([]);
    expect(findProfileKeys(`${'['.repeat(5000)}`)).toBeNull();
  });
});
