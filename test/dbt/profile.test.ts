import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderProfiles } from '../../src/dbt/profile.ts';
import type { ProfileContext } from '../../src/dbt/profiles/output.ts';
import type { DuckDbGrant } from '../../src/policy/grant-types.ts';

const grant: DuckDbGrant = { kind: 'duckdb', path: 'data/shop.duckdb', schema: 'main', threads: 4 };

const at = (projectDir: string): ProfileContext => ({
  projectDir,
  credentials: 'federated',
  stamps: {},
  endpoints: {},
});

describe('renderProfiles', () => {
  it('writes the one profile with the target of the rule', () => {
    expect(parse(renderProfiles(grant, 'prod', at('/srv/dbt/')))).toEqual({
      passport: {
        target: 'prod',
        outputs: { prod: { type: 'duckdb', path: '/srv/dbt/data/shop.duckdb', schema: 'main', threads: 4 } },
      },
    });
  });

  it.each(['', '/etc/x', '../x.duckdb', 'a/../../x', './x', 'a//b', 'a/'])(
    'refuses the database file %j',
    (path) => {
      expect(() => renderProfiles({ ...grant, path }, 'prod', at('/p'))).toThrow(
        expect.objectContaining({
          code: 'ERR_POLICY_INVALID',
          message: expect.stringContaining('inside the project'),
        }),
      );
    },
  );

  it('refuses what dbt would render as a template, wherever it stands', () => {
    for (const open of ['{{', '{%', '{#']) {
      const text = `x${open} env_var('HOME') }}`;
      expect(() => renderProfiles({ ...grant, schema: text }, 'prod', at('/p'))).toThrow(/template/);
      expect(() => renderProfiles(grant, text, at('/p'))).toThrow(/template/);
      expect(() => renderProfiles(grant, 'prod', at(`/p/${text}`))).toThrow(/template/);
    }
  });

  it('refuses a relative project folder', () => {
    expect(() => renderProfiles(grant, 'prod', at('dbt'))).toThrow(
      expect.objectContaining({ code: 'ERR_INPUT_INVALID' }),
    );
  });

  it('property: any schema and target come back as they are, or are refused', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (schema, target) => {
        let text: string;
        try {
          text = renderProfiles({ ...grant, schema }, target, at('/p'));
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_POLICY_INVALID' });
          return;
        }
        const profile = parse(text).passport;
        expect(profile.target).toBe(target);
        expect(Object.entries(profile.outputs)).toEqual([
          [target, expect.objectContaining({ type: 'duckdb', schema })],
        ]);
      }),
    );
  });
});
