import { PassportError } from '../errors.ts';
import {
  type PolicyReference,
  parsePolicyReference,
  repositoryPath,
  policyUnavailable as unavailable,
} from '../policy/reference.ts';
import { POLICY_BYTES } from '../policy/source-text.ts';
import type { FoundPolicy, PolicyStore } from '../ports.ts';
import type { Secret } from '../secret.ts';
import { plain } from '../untrusted.ts';
import { type GitHubApi as Api, failureOf, githubApi, statusOf } from './github-api.ts';
import type { HttpTiming } from './http.ts';
import { readPolicyFile } from './policy-file.ts';

export interface PolicyStoreOptions {
  /** Reads contents of the repository that holds the policy: the `policy-token` input. */
  readonly token: Secret | undefined;
  /** e.g. `https://api.github.com`; http on the loopback address in tests. */
  readonly apiUrl: string;
  /** `owner/name` of the running repository, where a plain path is looked up. */
  readonly repository: string;
  /** Whether a path may be a local file: never inside GitHub, where the checkout is the caller's. */
  readonly local: 'refuse' | 'allow';
  readonly timing?: HttpTiming;
}

interface At {
  readonly owner: string;
  readonly repo: string;
  readonly path: string;
  readonly commit: string;
}

/**
 * Reads the policy through GitHub's API at a commit: the one given, if the default branch of its
 * repository holds it, or the newest of the running repository's default branch for a plain path.
 * Each of the three requests has three tries in 15 s for network faults, 429 and 5xx; a refusal
 * is final. Whatever goes wrong is ERR_POLICY_UNAVAILABLE: an absent policy never allows.
 * A symlink is followed by GitHub only inside the same commit.
 */
export function githubPolicyStore(options: PolicyStoreOptions): PolicyStore {
  return async (reference, want = { signature: false }) => {
    const parsed = parsePolicyReference(reference);
    if (parsed.kind === 'path' && options.local === 'allow') {
      const bytes = await readPolicyFile(parsed.path);
      if (bytes !== undefined) return { bytes, source: parsed.path };
    }
    try {
      return await readFromApi(connect(options, reference), parsed, options.repository, want.signature);
    } catch (error) {
      if (error instanceof PassportError) throw error;
      throw unavailable(
        'POLICY_UNAVAILABLE',
        `GitHub's answer for ${plain(reference, 300)} cannot be read`,
        RETRY,
      );
    }
  };
}

async function readFromApi(
  api: Api,
  parsed: PolicyReference,
  repository: string,
  signed: boolean,
): Promise<FoundPolicy> {
  const { at, branchProtected } = await locate(api, parsed, repository);
  const signature = signed ? await signatureOf(api, at) : undefined;
  return {
    bytes: await contents(api, at),
    source: sourceOf(at),
    ...(branchProtected !== undefined && { branchProtected }),
    ...(signature !== undefined && { signature }),
  };
}

interface Located {
  readonly at: At;
  /** As GitHub says it (branch protection or a ruleset); undefined where the token may not see it. */
  readonly branchProtected: boolean | undefined;
}

async function locate(api: Api, parsed: PolicyReference, repository: string): Promise<Located> {
  if (parsed.kind === 'commit') {
    const branch = await checkReachable(api, parsed);
    return { at: parsed, branchProtected: await isProtected(api, parsed, branch) };
  }
  const [owner = '', repo = ''] = repository.split('/');
  const path = repositoryPath(parsed.path);
  const { branch, commit } = await newestCommit(api, owner, repo, path);
  const at = { owner, repo, path, commit };
  return { at, branchProtected: await isProtected(api, at, branch) };
}

async function isProtected(api: Api, { owner, repo }: At, branch: string): Promise<boolean | undefined> {
  const what = `the protection of ${plain(branch)} of ${owner}/${repo}`;
  const found = await unless([403, 404], api.repos.getBranch({ owner, repo, branch }), what);
  return found?.protected;
}

async function signatureOf(api: Api, at: At): Promise<Uint8Array | undefined> {
  const beside = { ...at, path: `${at.path}.sigstore.json` };
  const { owner, repo, path, commit } = beside;
  const asked = api.repos.getContent({ owner, repo, path, ref: commit });
  const found = await unless([404], asked, sourceOf(beside));
  return found === undefined ? undefined : fileBytes(found, beside);
}

function connect(options: PolicyStoreOptions, reference: string): Api {
  if (options.token === undefined) {
    throw unavailable(
      'POLICY_TOKEN',
      `no token to read ${plain(reference, 300)} with`,
      'Set the `policy-token` input.',
    );
  }
  return githubApi(options.token, options.apiUrl, options.timing);
}

async function newestCommit(api: Api, owner: string, repo: string, path: string) {
  const what = `${owner}/${repo}/${path} on the default branch`;
  const branch = await defaultBranch(api, owner, repo, what);
  const ref = await answer(api.git.getRef({ owner, repo, ref: `heads/${branch}` }), what);
  const commit = ref.object.sha;
  if (ref.object.type === 'commit' && /^[0-9a-f]{40}$/.test(commit)) return { branch, commit };
  throw unavailable(
    'POLICY_REF',
    `expected the commit of ${plain(branch)} of ${owner}/${repo}, got no commit`,
  );
}

/** GitHub serves commits of forks under the name of the parent: only what the default branch holds is the repository's own. */
async function checkReachable(api: Api, at: At): Promise<string> {
  const { owner, repo, commit } = at;
  const branch = await defaultBranch(api, owner, repo, sourceOf(at));
  // The second page leaves out the changed files, which can be large.
  const compare = { owner, repo, basehead: `${commit}...${branch}`, page: 2, per_page: 1 };
  const { status } = await answer(api.repos.compareCommitsWithBasehead(compare), sourceOf(at));
  if (status === 'ahead' || status === 'identical') return branch;
  throw unavailable(
    'POLICY_REF',
    `expected a commit on ${plain(branch)} of ${owner}/${repo}, got ${commit}, which that branch does not hold`,
    'Give a commit of the default branch; a commit of a fork or of another branch may be unreviewed.',
  );
}

async function defaultBranch(api: Api, owner: string, repo: string, what: string): Promise<string> {
  const { default_branch } = await answer(api.repos.get({ owner, repo }), what);
  return default_branch;
}

async function contents(api: Api, at: At): Promise<Uint8Array> {
  const { owner, repo, path, commit } = at;
  return fileBytes(await answer(api.repos.getContent({ owner, repo, path, ref: commit }), sourceOf(at)), at);
}

type Contents = Awaited<ReturnType<Api['repos']['getContent']>>['data'];

function fileBytes(found: Contents, at: At): Uint8Array {
  if (Array.isArray(found) || found.type !== 'file') {
    const kind = Array.isArray(found) ? 'a folder' : `a ${plain(found.type, 40)}`;
    throw unavailable('POLICY_FILE', `expected a file at ${sourceOf(at)}, got ${kind}`);
  }
  if (found.size > POLICY_BYTES) {
    throw unavailable(
      'POLICY_SIZE',
      `expected at most ${POLICY_BYTES} bytes at ${sourceOf(at)}, got ${found.size}`,
    );
  }
  const bytes = new Uint8Array(Buffer.from(found.content, 'base64'));
  if (found.encoding === 'base64' && bytes.length === found.size) return bytes;
  throw unavailable('POLICY_FILE', `expected ${found.size} bytes at ${sourceOf(at)}, got ${bytes.length}`);
}

/** The data, or undefined where GitHub refuses with one of these statuses. */
async function unless<Data>(
  statuses: readonly number[],
  sent: Promise<{ status: number; data: Data }>,
  what: string,
): Promise<Data | undefined> {
  const allowed = sent.catch((error: unknown) => {
    if (statuses.includes(statusOf(error))) return { status: 200, data: undefined };
    throw error;
  });
  return await answer<Data | undefined>(allowed, what);
}

async function answer<Data>(sent: Promise<{ status: number; data: Data }>, what: string): Promise<Data> {
  const response = await sent.catch((error: unknown) => {
    throw refused(error, what);
  });
  if (response.status === 200) return response.data;
  throw refused(Object.assign(new Error(), { status: response.status }), what);
}

function refused(error: unknown, what: string): PassportError {
  const failure = failureOf(error);
  if (failure !== undefined)
    return unavailable('POLICY_UNAVAILABLE', `${what} could not be read: ${failure.message}`, RETRY);
  const status = statusOf(error);
  return unavailable(
    'POLICY_UNAVAILABLE',
    `expected status 200 for ${what}, got ${status}`,
    HINTS[status] ?? RETRY,
  );
}

const RETRY = 'Run the job again. Behind a proxy, set `NODE_USE_ENV_PROXY: 1` under `env:` of the step.';
const MOVED = 'The repository was renamed or moved: check who owns it now, then write its new name.';
const HINTS: Readonly<Record<number, string>> = {
  301: MOVED,
  307: MOVED,
  401: 'GitHub does not know the token in the `policy-token` input: it is wrong or has expired.',
  403: 'The token in the `policy-token` input may not read this repository (`contents: read`), or is over its rate limit.',
  404: 'Check repository, path and commit in the `policy` input. If they are right, the token in `policy-token` may not read that repository (`contents: read`): GitHub answers both alike.',
};

function sourceOf({ owner, repo, path, commit }: At): string {
  return `${owner}/${repo}/${path}@${commit}`;
}
