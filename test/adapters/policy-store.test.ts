import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpTiming } from '../../src/adapters/http.ts';
import { githubPolicyStore, type PolicyStoreOptions } from '../../src/adapters/policy-store.ts';
import type { PassportError } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { type GitHubApi, startGitHubApi } from '../support/github-api.ts';

const OLD = '1'.repeat(40);
const NEW = '2'.repeat(40);
const FORK = 'f'.repeat(40);
const PATH = 'octo-sec/policies/dbt/prod.yml';
const HERE = 'octo-org/jaffle-shop/.github/dbt.yml';
const NO_WAIT: HttpTiming = { now: () => 0, sleep: async () => undefined, random: () => 0 };

describe('githubPolicyStore', () => {
  let api: GitHubApi;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'policy-'));
    api = await startGitHubApi({
      files: {
        [`${PATH}@${OLD}`]: 'old: policy\n',
        [`${PATH}@${NEW}`]: 'new: policy\n',
        [`${PATH}@${FORK}`]: 'fork: policy\n',
        [`${HERE}@${OLD}`]: 'here: old\n',
        [`${HERE}@${NEW}`]: 'here: new\n',
      },
      unreachable: [FORK],
    });
  });
  afterEach(async () => {
    await api.close();
    await rm(folder, { recursive: true });
  });

  const store = (options: Partial<PolicyStoreOptions> = {}) =>
    githubPolicyStore({
      token: new Secret(api.token),
      apiUrl: api.url,
      repository: 'octo-org/jaffle-shop',
      local: 'refuse',
      timing: NO_WAIT,
      ...options,
    });
  /** Whether the last policy that was read is said to be on a protected branch. */
  let branchProtected: boolean | undefined;
  const read = async (reference: string, options?: Partial<PolicyStoreOptions>) => {
    const found = await store(options)(reference);
    branchProtected = found.branchProtected;
    const { bytes, source } = found;
    return { text: new TextDecoder().decode(bytes), source };
  };
  const refusal = (reference: string, options?: Partial<PolicyStoreOptions>): Promise<PassportError> =>
    read(reference, options).then(
      () => Promise.reject(new Error('the policy was read')),
      (error: PassportError) => error,
    );

  it('reads a file at the commit that is given, with the token', async () => {
    expect(await read(`${PATH}@${OLD}`)).toEqual({ text: 'old: policy\n', source: `${PATH}@${OLD}` });
    expect(api.requests.every(({ authorization }) => authorization === `token ${api.token}`)).toBe(true);
  });

  it('reads a path from the default branch, resolved to a commit first', async () => {
    expect(await read('.github/dbt.yml')).toEqual({ text: 'here: new\n', source: `${HERE}@${NEW}` });
    expect(api.requests.at(-1)?.path).toContain(`ref=${NEW}`);
  });

  it('finds a default branch whose name has a slash', async () => {
    await api.close();
    api = await startGitHubApi({
      files: { [`${HERE}@${NEW}`]: 'here: new\n' },
      defaultBranch: 'release/2026',
    });
    expect((await read('.github/dbt.yml')).source).toBe(`${HERE}@${NEW}`);
    expect((await read(`${HERE}@${NEW}`)).text).toBe('here: new\n');
  });

  it('P12 refuses a branch, a tag, a short sha and a commit that only a fork holds', async () => {
    for (const end of [
      '@main',
      '@v1',
      '@1111111',
      `@${OLD}0`,
      '@',
      `@refs/heads/${OLD}`,
      `@${'A'.repeat(40)}`,
    ]) {
      const error = await refusal(`${PATH}${end}`);
      expect([end, error.code, error.reason]).toEqual([end, 'ERR_POLICY_UNAVAILABLE', 'POLICY_REF']);
    }
    expect(api.requests).toEqual([]);
    const error = await refusal(`${PATH}@${FORK}`);
    expect([error.code, error.reason]).toEqual(['ERR_POLICY_UNAVAILABLE', 'POLICY_REF']);
    expect(api.requests.some(({ path }) => path.includes('/contents/'))).toBe(false);
  });

  it.each([
    ['on', true],
    ['off', false],
    ['hidden', undefined],
  ] as const)('P12 says whether rules guard the branch that holds it: %s', async (protection, expected) => {
    await api.close();
    const files = { [`${PATH}@${OLD}`]: 'old\n', [`${PATH}@${NEW}`]: 'new\n', [`${HERE}@${NEW}`]: 'here\n' };
    api = await startGitHubApi({ files, protection });
    for (const reference of [`${PATH}@${OLD}`, '.github/dbt.yml']) {
      await read(reference);
      expect([reference, branchProtected]).toEqual([reference, expected]);
    }
  });

  it('P11 reads the signature beside the policy at the same commit, when one is wanted', async () => {
    await api.close();
    api = await startGitHubApi({
      files: {
        [`${PATH}@${OLD}`]: 'old\n',
        [`${PATH}.sigstore.json@${OLD}`]: '{}',
        [`${PATH}@${NEW}`]: 'new\n',
      },
    });
    const signature = async (commit: string, wanted: boolean) =>
      (await store()(`${PATH}@${commit}`, { signature: wanted })).signature;
    expect(new TextDecoder().decode(await signature(OLD, true))).toBe('{}');
    expect(await signature(OLD, false)).toBeUndefined();
    expect(await signature(NEW, true)).toBeUndefined();
    api.fail(403, 3);
    await expect(signature(OLD, true)).rejects.toMatchObject({ code: 'ERR_POLICY_UNAVAILABLE' });
  });

  it.each([
    ['../x.yml'],
    ['a/../../x.yml'],
    ['/etc/passwd'],
    ['a\u0000b'],
    ['dbt.yml?ref=dev'],
    ['a//b'],
    [''],
  ])('refuses the path %j inside GitHub without a request', async (path) => {
    expect(await refusal(path)).toMatchObject({ code: 'ERR_POLICY_UNAVAILABLE', reason: 'POLICY_REF' });
    expect(api.requests).toEqual([]);
  });

  it.each([401, 403, 404])('P11 never allows and never retries on %i', async (status) => {
    api.fail(status, 1);
    const error = await refusal(`${PATH}@${OLD}`);
    expect(error).toMatchObject({ code: 'ERR_POLICY_UNAVAILABLE', reason: 'POLICY_UNAVAILABLE' });
    expect(error.message).toBe(`expected status 200 for ${PATH}@${OLD}, got ${status}`);
    expect(error.hint).toContain('policy-token');
    expect(api.requests).toHaveLength(1);
  });

  it('P11 says which file, commit and token when the file is not there', async () => {
    const error = await refusal(`octo-sec/policies/absent.yml@${OLD}`);
    expect(error.message).toBe(`expected status 200 for octo-sec/policies/absent.yml@${OLD}, got 404`);
    expect(error.hint).toMatch(/path and commit in the `policy` input.*`policy-token` may not read/);
  });

  it.each([429, 500, 503])('P11 tries again on %i, and gives up after three tries', async (status) => {
    api.fail(status, 2);
    expect((await read(`${PATH}@${OLD}`)).text).toBe('old: policy\n');
    api.fail(status, 3);
    expect(await refusal(`${PATH}@${OLD}`)).toMatchObject({ code: 'ERR_POLICY_UNAVAILABLE' });
  });

  it('refuses when nothing answers, without a word of the token', async () => {
    await api.close();
    const error = await refusal(`${PATH}@${OLD}`);
    expect(error).toMatchObject({ code: 'ERR_POLICY_UNAVAILABLE', reason: 'POLICY_UNAVAILABLE' });
    expect(JSON.stringify([error.message, error.hint, String(error.cause)])).not.toContain(api.token);
    api = await startGitHubApi({ files: {} });
  });

  it('refuses a wrong token, and no token before any request', async () => {
    const wrong = await refusal(`${PATH}@${OLD}`, { token: new Secret('ghs_other') });
    expect(wrong.message).toContain('401');
    const sent = api.requests.length;
    expect(await refusal(`${PATH}@${OLD}`, { token: undefined })).toMatchObject({ reason: 'POLICY_TOKEN' });
    expect(api.requests).toHaveLength(sent);
  });

  it('refuses an API that is neither https nor on the loopback address', async () => {
    const error = await refusal(`${PATH}@${OLD}`, { apiUrl: 'http://192.0.2.1:80' });
    expect(error.message).toContain('https is required');
  });

  it('does not follow a renamed repository', async () => {
    api.fail(301, 1);
    const error = await refusal(`${PATH}@${OLD}`);
    expect(error.hint).toContain('renamed or moved');
  });

  it.each([
    ['a folder', [{ type: 'file', name: 'x' }], 'POLICY_FILE'],
    ['a symlink', { type: 'symlink', target: '/etc/passwd', size: 1 }, 'POLICY_FILE'],
    ['a submodule', { type: 'submodule', size: 0 }, 'POLICY_FILE'],
    ['a large file', { type: 'file', size: 262_145, encoding: 'base64', content: '' }, 'POLICY_SIZE'],
    ['no content', { type: 'file', size: 12, encoding: 'none', content: '' }, 'POLICY_FILE'],
    ['less than it says', { type: 'file', size: 12, encoding: 'base64', content: 'b2xk' }, 'POLICY_FILE'],
    ['an empty answer', null, 'POLICY_UNAVAILABLE'],
    ['an answer without content', { type: 'file', size: 'x' }, 'POLICY_UNAVAILABLE'],
    ['too large an answer', 'x'.repeat(1_100_000), 'POLICY_UNAVAILABLE'],
  ])('P10 refuses %s', async (_, body, reason) => {
    api.answerContents(body);
    expect(await refusal(`${PATH}@${OLD}`)).toMatchObject({ code: 'ERR_POLICY_UNAVAILABLE', reason });
  });

  it('P10 never reads a local file inside GitHub', async () => {
    const file = join(folder, 'policy.yml');
    await writeFile(file, 'local: file\n');
    expect(await refusal(file)).toMatchObject({ reason: 'POLICY_REF' });
  });

  it('reads a local file outside GitHub, without the API', async () => {
    const file = join(folder, 'policy.yml');
    await writeFile(file, 'local: file\n');
    expect(await read(file, { local: 'allow', token: undefined })).toEqual({
      text: 'local: file\n',
      source: file,
    });
    expect(api.requests).toEqual([]);
  });

  it('asks the API outside GitHub when there is no such local file', async () => {
    expect((await read('.github/dbt.yml', { local: 'allow' })).source).toBe(`${HERE}@${NEW}`);
  });

  it('P10 refuses a local symlink, folder, pipe and large file', async () => {
    const at = (name: string) => join(folder, name);
    await writeFile(at('target'), 'x');
    await symlink(at('target'), at('link'));
    execFileSync('mkfifo', [at('pipe')]);
    await writeFile(at('large'), 'x'.repeat(262_145));
    for (const [name, reason] of [
      ['link', 'POLICY_FILE'],
      ['pipe', 'POLICY_FILE'],
      ['', 'POLICY_FILE'],
      ['large', 'POLICY_SIZE'],
    ] as const) {
      const error = await refusal(at(name), { local: 'allow' });
      expect([name, error.code, error.reason]).toEqual([name, 'ERR_POLICY_UNAVAILABLE', reason]);
    }
  });
});
