/**
 * A local GitHub REST API over HTTP on 127.0.0.1 with the five routes that reading a policy needs:
 * a repository, a branch by its ref and with its protection, a comparison and the contents of a file at a commit;
 * and, for a token with `actions: read`, an attempt of a run.
 *
 * What it cannot prove: that GitHub's own answers, permissions, redirects and rate limits are as they
 * are here; TLS; the size at which GitHub leaves the content out of its answer.
 */
import type { IncomingMessage } from 'node:http';
import { startLoopback } from './loopback.ts';

export interface GitHubApiOptions {
  /** Text by `owner/repo/path@<40 hex>`. The last commit named for a repository is its default branch's. */
  readonly files: Readonly<Record<string, string>>;
  /** The only token that is accepted; `ghs_local` when not given. */
  readonly token?: string;
  /** `main` when not given. */
  readonly defaultBranch?: string;
  /** Commits that the contents route serves but no branch of the repository holds, as those of a fork. */
  readonly unreachable?: readonly string[];
  /** Rules for the default branch, `on` when not given; `hidden`: the token may not see them. */
  readonly protection?: 'on' | 'off' | 'hidden';
}

/** An account as GitHub's answers have it. */
export interface Account {
  readonly login: string;
  readonly id: number;
  /** `User` when not given. */
  readonly type?: 'User' | 'Bot';
}

/** An attempt of a run of a repository, as GitHub remembers it. */
export interface Attempt {
  readonly repository: string;
  readonly repositoryId: number;
  readonly runId: number;
  readonly attempt: number;
  readonly event: string;
  readonly headSha: string;
  readonly actor: Account;
  readonly triggeringActor: Account;
}

export interface GitHubApiRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

export interface GitHubApi {
  readonly url: string;
  readonly token: string;
  /** Every request that came, oldest first. */
  readonly requests: GitHubApiRequest[];
  /** Answers the next requests with this status. */
  fail(status: number, times: number): void;
  /** Answers every request for contents with this body, to stand for a folder, a symlink or a submodule. */
  answerContents(body: unknown): void;
  /** What the token may do with runs; `none` until it is granted, as in a job with `permissions: contents: read`. */
  grantActions(permission: 'read' | 'none'): void;
  /** The attempts that it knows from now on. */
  setAttempts(attempts: readonly Attempt[]): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Repository {
  readonly branch: string;
  readonly protection: 'on' | 'off' | 'hidden';
  readonly unreachable: ReadonlySet<string>;
  readonly commits: Set<string>;
  readonly files: Map<string, string>;
}

interface Runs {
  permission: 'read' | 'none';
  attempts: readonly Attempt[];
}

interface Asked {
  readonly repository: Repository;
  /** `owner/name` */
  readonly name: string;
  /** The path below the route. */
  readonly rest: string;
  readonly ref: string;
}

const NOT_FOUND: Answer = { status: 404, body: { message: 'Not Found' } };
/** What a job's token gets for a route that its permissions do not hold. */
const FORBIDDEN: Answer = {
  status: 403,
  body: {
    message: 'Resource not accessible by integration',
    documentation_url: 'https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run-attempt',
    status: '403',
  },
};

export async function startGitHubApi(options: GitHubApiOptions): Promise<GitHubApi> {
  const token = options.token ?? 'ghs_local';
  const repositories = readRepositories(options);
  const requests: GitHubApiRequest[] = [];
  const failures: number[] = [];
  let contents: unknown;
  const runs: Runs = { permission: 'none', attempts: [] };

  const answer = (request: IncomingMessage): Answer => {
    const status = failures.shift();
    if (status !== undefined) return { status, body: { message: 'planned failure' } };
    if (!isBearer(request.headers.authorization, token)) {
      return { status: 401, body: { message: 'Bad credentials' } };
    }
    const { repository, route, rest, ref } = readUrl(request.url);
    const found = repositories.get(repository);
    if (!found || request.method !== 'GET') return NOT_FOUND;
    return answerRoute(route, { repository: found, name: repository, rest, ref });
  };
  const answerRoute = (route: string, asked: Asked): Answer => {
    if (route === 'contents' && contents !== undefined) return ok(contents);
    return (route === 'actions' ? attemptOf(runs, asked) : ROUTES.get(route)?.(asked)) ?? NOT_FOUND;
  };

  const server = await startLoopback((request, response) => {
    const { method = '', url = '', headers } = request;
    requests.push({ method, path: url, authorization: headers.authorization });
    const { status, body } = answer(request);
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(body));
  });
  return {
    url: server.url,
    token,
    requests,
    fail: (status, times) => {
      failures.push(...Array.from({ length: times }, () => status));
    },
    answerContents: (body) => {
      contents = body;
    },
    grantActions: (permission) => {
      runs.permission = permission;
    },
    setAttempts: (known) => {
      runs.attempts = known;
    },
    close: server.close,
  };
}

function readRepositories(options: GitHubApiOptions): Map<string, Repository> {
  const repositories = new Map<string, Repository>();
  const branch = options.defaultBranch ?? 'main';
  const unreachable = new Set(options.unreachable);
  const protection = options.protection ?? 'on';
  for (const [reference, text] of Object.entries(options.files)) {
    const [, name, path, commit] = /^([^/]+\/[^/]+)\/(.+)@([0-9a-f]{40})$/.exec(reference) ?? [];
    if (!name || !path || !commit) throw new Error(`not owner/repo/path@<40 hex>: ${reference}`);
    const known = repositories.get(name);
    const repository = known ?? { branch, protection, unreachable, commits: new Set(), files: new Map() };
    repository.commits.add(commit);
    repository.files.set(`${path}@${commit}`, text);
    repositories.set(name, repository);
  }
  return repositories;
}

/** `/repos/{owner}/{repo}/{route}/{rest}?ref=` */
function readUrl(target = '/'): { repository: string; route: string; rest: string; ref: string } {
  const url = new URL(target, 'http://127.0.0.1');
  const [, top, owner, name, route = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
  const repository = top === 'repos' ? `${owner}/${name}` : '';
  return { repository, route, rest: rest.join('/'), ref: url.searchParams.get('ref') ?? '' };
}

function isBearer(header: string | undefined, token: string): boolean {
  const [scheme = '', value] = header?.split(' ') ?? [];
  return /^(token|bearer)$/i.test(scheme) && value === token;
}

const ROUTES: ReadonlyMap<string, (asked: Asked) => Answer> = new Map([
  ['', ({ repository }: Asked) => ok({ default_branch: repository.branch })],
  ['git', branchRef],
  ['branches', branch],
  ['compare', compare],
  ['contents', file],
]);

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function branchRef({ repository, rest }: Asked): Answer {
  if (rest !== `ref/heads/${repository.branch}`) return NOT_FOUND;
  return ok({ ref: `refs/heads/${repository.branch}`, object: { type: 'commit', sha: head(repository) } });
}

function branch({ repository, rest }: Asked): Answer {
  if (rest !== repository.branch || repository.protection === 'hidden') return NOT_FOUND;
  return ok({ name: rest, commit: { sha: head(repository) }, protected: repository.protection === 'on' });
}

function compare({ repository, rest }: Asked): Answer {
  const [base = '', to] = rest.split('...');
  if (!repository.commits.has(base) || to !== repository.branch) return NOT_FOUND;
  if (repository.unreachable.has(base)) return ok({ status: 'diverged', commits: [] });
  return ok({ status: base === head(repository) ? 'identical' : 'ahead', commits: [] });
}

/** `actions/runs/{run_id}/attempts/{attempt_number}` of a repository. */
function attemptOf({ permission, attempts }: Runs, { name, rest }: Asked): Answer {
  if (permission === 'none') return FORBIDDEN;
  const [, run, attempt] = /^runs\/([1-9][0-9]*)\/attempts\/([1-9][0-9]*)$/.exec(rest) ?? [];
  const found = attempts.find(
    (each) => each.repository === name && String(each.runId) === run && String(each.attempt) === attempt,
  );
  if (found === undefined) return NOT_FOUND;
  const { runId, attempt: number, event, headSha, repositoryId } = found;
  const account = ({ login, id, type = 'User' }: Account) => ({
    login,
    id,
    node_id: Buffer.from(`04:User${id}`).toString('base64'),
    type,
    user_view_type: 'public',
    site_admin: false,
  });
  return ok({
    id: runId,
    run_attempt: number,
    event,
    head_sha: headSha,
    status: 'in_progress',
    conclusion: null,
    run_started_at: '2026-11-20T06:00:00Z',
    actor: account(found.actor),
    triggering_actor: account(found.triggeringActor),
    repository: { id: repositoryId, full_name: name, private: true },
  });
}

function file({ repository, rest, ref }: Asked): Answer {
  const text = repository.files.get(`${rest}@${ref}`);
  if (text === undefined) return NOT_FOUND;
  const bytes = Buffer.from(text);
  const content = bytes.toString('base64').replace(/.{60}/g, '$&\n');
  return ok({ type: 'file', path: rest, size: bytes.length, encoding: 'base64', content });
}

function head(repository: Repository): string | undefined {
  return [...repository.commits].findLast((commit) => !repository.unreachable.has(commit));
}
