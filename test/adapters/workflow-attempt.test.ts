import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { githubAttempt } from '../../src/adapters/workflow-attempt.ts';
import { Secret } from '../../src/secret.ts';
import { type GitHubApi, startGitHubApi } from '../support/github-api.ts';
import { startLoopback } from '../support/loopback.ts';

const ASKED = { repository: 'octo-org/jaffle-shop', runId: '1746933707', attempt: '2' };
const timing = { now: () => 0, sleep: async () => {}, random: () => 0 };

describe("FF-A17 who started an attempt, by GitHub's API", () => {
  let api: GitHubApi;
  const ask = (token: string | undefined = api.token) =>
    githubAttempt({ token: token === '' ? undefined : new Secret(token), apiUrl: api.url, timing })(ASKED);

  beforeAll(async () => {
    api = await startGitHubApi({ files: { [`octo-org/jaffle-shop/x.yml@${'c0'.repeat(20)}`]: 'x' } });
    api.setAttempts([
      {
        repository: 'octo-org/jaffle-shop',
        repositoryId: 456789,
        runId: 1746933707,
        attempt: 2,
        event: 'push',
        headSha: 'a'.repeat(40),
        actor: { login: 'octocat', id: 583231 },
        triggeringActor: { login: 'renovate[bot]', id: 29139614, type: 'Bot' },
      },
    ]);
  });
  beforeEach(() => {
    api.requests.length = 0;
    api.grantActions('read');
  });
  afterAll(() => api.close());

  it('with actions: read it is that attempt alone, asked once', async () => {
    expect(await ask()).toEqual({
      runId: '1746933707',
      attempt: '2',
      repositoryId: '456789',
      actorId: '583231',
      triggeringActor: { login: 'renovate[bot]', id: '29139614', type: 'Bot' },
    });
    expect(api.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual([
      'GET /repos/octo-org/jaffle-shop/actions/runs/1746933707/attempts/2',
    ]);
  });

  it("without the permission it is refused, in GitHub's words, and not tried again", async () => {
    api.grantActions('none');
    expect(await ask()).toEqual({
      doubt: 'refused',
      answer: expect.stringMatching(/^status 403, Resource not accessible by integration/),
    });
    expect(api.requests).toHaveLength(1);
  });

  it('another attempt, another token and no token name nobody', async () => {
    const other = githubAttempt({ token: new Secret(api.token), apiUrl: api.url, timing });
    expect(await other({ ...ASKED, attempt: '3' })).toMatchObject({
      doubt: 'refused',
      answer: expect.stringContaining('404'),
    });
    expect(await ask('ghs_wrong')).toMatchObject({
      doubt: 'refused',
      answer: expect.stringContaining('401'),
    });
    expect(await ask('')).toEqual({ doubt: 'no-token', answer: '' });
  });

  it('a passing fault is tried again, a lasting one is told', async () => {
    api.fail(503, 2);
    expect(await ask()).toMatchObject({ attempt: '2' });
    api.fail(503, 3);
    expect(await ask()).toMatchObject({ doubt: 'unreachable', answer: expect.stringContaining('503') });
    const dead = githubAttempt({ token: new Secret('x'), apiUrl: 'http://127.0.0.1:1', timing });
    expect(await dead(ASKED)).toMatchObject({ doubt: 'unreachable' });
  });

  it('an answer that is no attempt names nobody', async () => {
    const server = await startLoopback((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"id": 1746933707}');
    });
    const source = githubAttempt({ token: new Secret('x'), apiUrl: server.url, timing });
    expect(await source(ASKED)).toEqual({ doubt: 'unreachable', answer: 'an answer that cannot be read' });
    await server.close();
  });
});
