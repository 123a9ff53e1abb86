import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Claims } from '../../src/identity/claims.ts';
import { expectedSubjects, type SubjectTemplate, subjectHolds } from '../../src/identity/subject.ts';
import { type ClaimOverrides, githubClaims } from '../support/claims.ts';

function claims(overrides: ClaimOverrides = {}): Claims {
  return new Map(Object.entries(githubClaims(overrides))) as Claims;
}

const LEGACY = 'repo:octo-org/jaffle-shop';
const IMMUTABLE = 'repo:octo-org@123456/jaffle-shop@456789';

describe('expectedSubjects', () => {
  it.each<[string, ClaimOverrides, SubjectTemplate, string[]]>([
    ['both fixed shapes', {}, undefined, [`${LEGACY}:environment:prod`, `${IMMUTABLE}:environment:prod`]],
    ['legacy', {}, 'legacy', [`${LEGACY}:environment:prod`]],
    ['immutable', {}, 'immutable', [`${IMMUTABLE}:environment:prod`]],
    ['a ref', { environment: undefined }, 'legacy', [`${LEGACY}:ref:refs/heads/main`]],
    [
      'a pull request',
      { environment: undefined, event_name: 'pull_request' },
      'legacy',
      [`${LEGACY}:pull_request`],
    ],
    [
      'an environment in a pull request',
      { event_name: 'pull_request' },
      'legacy',
      [`${LEGACY}:environment:prod`],
    ],
    [
      'pull_request_target looks like its branch',
      { environment: undefined, event_name: 'pull_request_target' },
      'legacy',
      [`${LEGACY}:ref:refs/heads/main`],
    ],
    ['a colon in a value', { environment: 'a:b' }, 'immutable', [`${IMMUTABLE}:environment:a%3Ab`]],
    [
      'a customised shape with the repository',
      { environment: undefined },
      ['repo', 'context', 'job_workflow_ref'],
      [LEGACY, IMMUTABLE].map(
        (repo) =>
          `${repo}:ref:refs/heads/main:job_workflow_ref:octo-sec/workflows/.github/workflows/dbt.yml@refs/tags/v1.4.0`,
      ),
    ],
    [
      'a customised shape without it',
      {},
      ['repository_owner_id', 'workflow'],
      ['repository_owner_id:123456:workflow:Deploy'],
    ],
  ])('rebuilds %s', (_, overrides, template, expected) => {
    expect(expectedSubjects(claims(overrides), template)).toEqual(expected);
  });

  it.each<[string, ClaimOverrides, SubjectTemplate]>([
    ['the repository is missing', { repository: undefined }, 'legacy'],
    ['the repository has no owner', { repository: '/jaffle-shop' }, 'legacy'],
    ['the repository has a third part', { repository: 'a/b/c' }, 'legacy'],
    ['an id is missing', { repository_id: undefined }, 'immutable'],
    ['an id is a number', { repository_owner_id: 123456 }, 'immutable'],
    ['the environment is odd', { environment: 'prоd' }, undefined],
    ['the environment is a list', { environment: ['prod'] }, undefined],
    ['there is neither environment nor ref', { environment: undefined, ref: '' }, undefined],
    ['a key of the template is no known claim', {}, ['repo', 'repo_property_tier']],
    ['a key of the template is no claim of this token', { enterprise: undefined }, ['enterprise']],
    ['the template is empty', {}, []],
  ])('expects nothing when %s', (_, overrides, template) => {
    expect(expectedSubjects(claims(overrides), template)).toEqual([]);
    expect(subjectHolds(claims(overrides), template)).toBe(false);
  });
});

describe('subjectHolds', () => {
  it('accepts the own shape and no other', () => {
    expect(subjectHolds(claims(), 'immutable')).toBe(true);
    expect(subjectHolds(claims(), undefined)).toBe(true);
    expect(subjectHolds(claims(), 'legacy')).toBe(false);
    expect(subjectHolds(claims({ sub: `${LEGACY}:environment:prod` }), 'legacy')).toBe(true);
    expect(subjectHolds(claims({ sub: `${LEGACY}:environment:prod` }), 'immutable')).toBe(false);
  });

  it('is not misled by names that hold separators', () => {
    const trick = claims({
      environment: 'prod:ref:refs/heads/main',
      sub: `${IMMUTABLE}:environment:prod:ref:refs/heads/main`,
    });
    expect(subjectHolds(trick, undefined)).toBe(false);
    expect(
      subjectHolds(
        claims({ repository: 'octo-org-123456/x', sub: 'repo:octo-org@123456/x@456789' }),
        undefined,
      ),
    ).toBe(false);
  });

  it('never holds for a subject that is missing, no text or empty', () => {
    for (const sub of [undefined, '', 7, null, [`${IMMUTABLE}:environment:prod`]]) {
      expect(subjectHolds(claims({ sub }), undefined)).toBe(false);
    }
  });

  it('property: a token whose claims differ in one value from those of its subject does not hold', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9._:@/%-]{1,12}$/);
    const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/);
    const id = fc.stringMatching(/^[1-9][0-9]{0,8}$/);
    const world = fc.record({ owner: name, name, owner_id: id, id, environment: fc.option(word), ref: word });
    type World = typeof world extends fc.Arbitrary<infer T> ? T : never;
    const told = (from: World): ClaimOverrides => ({
      repository: `${from.owner}/${from.name}`,
      repository_owner_id: from.owner_id,
      repository_id: from.id,
      environment: from.environment ?? undefined,
      ref: from.ref,
    });
    const context = (from: World) => from.environment ?? `no environment, ${from.ref}`;
    const key = (from: World) =>
      JSON.stringify([from.owner, from.name, from.owner_id, from.id, context(from)]);
    const names = fc.constantFrom('owner', 'name', 'owner_id', 'id', 'environment', 'ref');
    fc.assert(
      fc.property(world, world, names, (one, two, changed) => {
        const other = { ...one, [changed]: two[changed] };
        const { sub } = githubClaims(told(one));
        expect(subjectHolds(claims({ ...told(other), sub }), 'immutable')).toBe(key(one) === key(other));
      }),
    );
  });
});
