import { describe, expect, it } from 'vitest';
import { likelyCause } from '../../../src/credentials/explain/likely-cause.ts';
import { differing } from '../../../src/credentials/explain/trust-table.ts';
import { awsTrust } from '../../../src/policy/trust/aws.ts';
import { identity } from '../../policy/fixture.ts';
import { ofKind, scopeOf } from '../../policy/trust/scope.ts';
import type { ClaimOverrides } from '../../support/claims.ts';

const BY_COMMIT = {
  job_workflow_ref: 'octo-sec/workflows/.github/workflows/dbt.yml@9a8b7c6d5e4f30213243546576879809a8b7c6d5',
};

async function causeOf(overrides: ClaimOverrides): Promise<string> {
  const scope = await scopeOf('athena');
  const { claims } = identity({ ...BY_COMMIT, ...overrides });
  const trust = awsTrust(scope, ofKind(scope, 'athena').aws);
  return likelyCause({ claims, differing: differing(trust, claims) });
}

describe('likelyCause', () => {
  it.each([
    [
      'a pull request',
      { event_name: 'pull_request', environment: undefined, ref: 'refs/pull/7/merge' },
      'A pull request started the run, and its token has another `sub` and `ref` than one of a branch; a pull request from a fork gets none.',
    ],
    [
      'a shape that the policy does not name',
      { sub: 'repo:octo-org/jaffle-shop:environment:prod' },
      'The token has another `sub` than the shapes that `sub_template` of the policy names.',
    ],
    ['the case of letters', { environment: 'PROD' }, 'Only the case of letters differs: `sub` is'],
    ['another branch', { ref: 'refs/heads/x' }, 'The token does not have what the trust needs in `ref`.'],
    [
      'the issuer of an enterprise',
      { iss: 'https://token.actions.githubusercontent.com/acme' },
      "Your enterprise has an issuer of its own, `https://token.actions.githubusercontent.com/acme`: a trust for GitHub's usual one, without the last part, refuses it.",
    ],
    ['the immutable shape', {}, 'a trust for `repo:octo-org/jaffle-shop:environment:prod` refuses it.'],
  ])('tells %s', async (_, claims, sentence) => {
    expect(await causeOf(claims)).toContain(sentence);
  });

  it('says nothing of shapes when the `sub` itself is not what the trust needs', async () => {
    expect(await causeOf({ sub: 'repo:octo-org/jaffle-shop:environment:prod' })).not.toContain('refuses it');
  });
});
