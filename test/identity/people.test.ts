import { describe, expect, it } from 'vitest';
import type { Claims } from '../../src/identity/claims.ts';
import {
  type AttemptSource,
  isRerunByOther,
  kindOf,
  peopleInToken,
  peopleOf,
  type WorkflowAttempt,
} from '../../src/identity/people.ts';
import { githubClaims } from '../support/claims.ts';

const claims = (overrides = {}): Claims =>
  new Map(Object.entries(githubClaims(overrides))) as unknown as Claims;
const never: AttemptSource = async () => {
  throw new Error('GitHub was asked');
};
const OCTOCAT = { login: 'octocat', id: '583231', kind: 'human' } as const;
const AGAIN = claims({ run_attempt: '2' });
const ANSWER: WorkflowAttempt = {
  runId: '1746933707',
  attempt: '2',
  repositoryId: '456789',
  actorId: '583231',
  triggeringActor: { login: 'bob', id: '42', type: 'User' },
};

describe('FF-A17 the people of a run', () => {
  it.each(['octocat', 'OctoCat', ''])(
    'the first attempt is that of the actor by the token, and nobody is asked (the runner says "%s")',
    async (triggering) => {
      const people = await peopleOf(claims(), triggering, never);
      expect(people).toEqual({
        startedBy: OCTOCAT,
        attemptBy: { basis: 'token', ...OCTOCAT },
        event: 'push',
      });
      expect(isRerunByOther(people)).toBe(false);
    },
  );

  it.each([
    ['a second attempt by the same name', AGAIN, 'octocat'],
    ['a second attempt by another name', AGAIN, 'bob'],
    ['a first attempt of which the runner names somebody else', claims(), 'bob'],
    ['an attempt that is no text', claims({ run_attempt: 1 }), 'octocat'],
  ])('GitHub is asked for this very attempt: %s', async (_, token, triggering) => {
    const asked: unknown[] = [];
    await peopleOf(token, triggering, async (question) => {
      asked.push(question);
      return { doubt: 'refused', answer: 'status 403' };
    });
    const attempt = String(token.get('run_attempt'));
    expect(asked).toEqual([{ repository: 'octo-org/jaffle-shop', runId: '1746933707', attempt }]);
  });

  it("names whoever GitHub names, also against the runner's variable", async () => {
    const people = await peopleOf(AGAIN, 'somebody-else', async () => ANSWER);
    expect(people.attemptBy).toEqual({ basis: 'github-api', login: 'bob', id: '42', kind: 'human' });
    expect(people.startedBy).toEqual(OCTOCAT);
    expect(isRerunByOther(people)).toBe(true);
  });

  it('a re-run by whoever started the run is no other person, once GitHub says so', async () => {
    const triggeringActor = { login: 'octocat', id: '583231', type: 'User' };
    const people = await peopleOf(AGAIN, 'octocat', async () => ({ ...ANSWER, triggeringActor }));
    expect(isRerunByOther(people)).toBe(false);
  });

  it.each([
    ['run_id', { runId: '1' }],
    ['run_attempt', { attempt: '1' }],
    ['repository_id', { repositoryId: '1' }],
    ['actor_id', { actorId: '1' }],
  ])('an answer with another %s is of another run, and names nobody', async (claim, change) => {
    const { attemptBy } = await peopleOf(AGAIN, 'bob', async () => ({ ...ANSWER, ...change }));
    expect(attemptBy).toEqual({
      basis: 'asserted',
      login: 'bob',
      doubt: 'other-run',
      answer: `another ${claim} than the token has`,
    });
  });

  it.each(['no-token', 'refused', 'unreachable'] as const)(
    'without an answer (%s) the name is asserted',
    async (doubt) => {
      const people = await peopleOf(AGAIN, 'bob', async () => ({ doubt, answer: 'why' }));
      expect(people.attemptBy).toEqual({ basis: 'asserted', login: 'bob', doubt, answer: 'why' });
      expect(isRerunByOther(people)).toBe(true);
    },
  );

  it('a token alone says nothing of who started a second attempt', () => {
    expect(peopleInToken(AGAIN).attemptBy).toMatchObject({ basis: 'asserted', login: '' });
    expect(peopleInToken(claims({ run_attempt: undefined })).attemptBy.basis).toBe('token');
  });

  it.each([
    ['dependabot[bot]', '49699333', 'Bot', 'app'],
    ['Copilot', '198982749', 'Bot', 'agent'],
    ['renamed', '198982749', 'User', 'agent'],
    ['octocat', '583231', 'User', 'human'],
    ['a-machine', '7', 'Bot', 'app'],
    ['acme', '8', 'Organization', 'app'],
  ] as const)('%s (%s, a %s) is of the class %s', (login, id, type, kind) => {
    expect(kindOf({ login, id, type })).toBe(kind);
  });
});
