import { describe, expect, it } from 'vitest';
import { principalsOf } from '../../../src/policy/trust/principals.ts';
import { renderVault } from '../../../src/policy/trust/render-vault.ts';
import { example, rendered } from './render-example.ts';

describe('the roles of Vault', () => {
  it('are none, and no command, when the policy hands out nothing', async () => {
    const policy = await example('everything');
    const principals = principalsOf({ ...policy, rules: [] }, 'vault', { audience: 'vault.acme' });
    const request = { policy, principals, all: principals, options: {} };
    expect(renderVault(request)).toEqual({ files: [], problems: [] });
  });

  it('give a token a quarter of an hour, or what the rule leaves it', async () => {
    const life = async (seconds?: string) => {
      const rule = '- id: bigquery\n';
      const changes =
        seconds === undefined ? [] : ([[rule, `${rule}    max_ttl_seconds: "${seconds}"\n`]] as const);
      const { files } = await rendered('everything', 'vault', {}, ...changes);
      return JSON.parse(files.find(({ name }) => name === 'bigquery.json')?.text ?? '{}')
        .token_explicit_max_ttl;
    };
    expect(await Promise.all([life(), life('86400'), life('600')])).toEqual(['900s', '900s', '600s']);
  });
});
