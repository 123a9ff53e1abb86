import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { githubArtifactStore } from '../../src/adapters/artifact-store.ts';
import type { Reporter } from '../../src/ports.ts';
import { type ArtifactService, runtimeToken, startArtifactService } from '../support/artifact-service.ts';

const PLACE = { serverUrl: 'https://github.com', repository: 'octo-org/jaffle-shop', runId: '42' };

let service: ArtifactService;
let folder = '';
beforeEach(async () => {
  service = await startArtifactService();
  folder = await mkdtemp(join(tmpdir(), 'evidence-'));
  await mkdir(join(folder, 'dbt/1-build'), { recursive: true });
  await writeFile(join(folder, 'decision.json'), '{"allow":true}\n');
  await writeFile(join(folder, 'dbt/1-build/run_results.json'), '{}\n');
  await writeFile(join(folder, 'not-listed.txt'), 'stays here');
  for (const [name, value] of Object.entries(service.env)) vi.stubEnv(name, value);
  // The library's messages to the runner; on a runner those of a test would take effect.
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.stubEnv('GITHUB_SERVER_URL', 'https://github.com');
  vi.stubEnv('GITHUB_RETENTION_DAYS', '90');
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

const files = ['decision.json', 'dbt/1-build/run_results.json'];
let warnings: string[] = [];
beforeEach(() => {
  warnings = [];
});
const reporter: Reporter = {
  info: () => {},
  warning: (title, message) => void warnings.push(`${title}: ${message}`),
  error: () => {},
};
const upload = (more: { retentionDays?: number } = {}, serverUrl = PLACE.serverUrl) =>
  githubArtifactStore(
    { ...PLACE, serverUrl },
    { group: (_, work) => work(), reporter },
  )({
    name: 'dbt-passport-x',
    folder,
    files,
    ...more,
  });

describe('githubArtifactStore', () => {
  it('stores exactly the listed files under their names, and says where', async () => {
    const stored = await upload();
    const artifact = service.artifacts.get('dbt-passport-x');
    expect(artifact).toBeDefined();
    const bytes = artifact?.bytes ?? Buffer.alloc(0);
    expect(stored).toEqual({
      id: artifact?.id,
      url: `https://github.com/octo-org/jaffle-shop/actions/runs/42/artifacts/${artifact?.id}`,
      digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    });
    const zip = unzipSync(bytes);
    expect(Object.keys(zip).sort()).toEqual([...files].sort());
    expect(strFromU8(zip['decision.json'] ?? new Uint8Array())).toBe('{"allow":true}\n');
    expect(service.requests).toEqual(['CreateArtifact', 'block', 'blocklist', 'FinalizeArtifact']);
    expect(artifact?.expiresAt).toBe('');
  });

  it('lowers the retention to what the repository allows', async () => {
    await upload({ retentionDays: 400 });
    const expires = Date.parse(service.artifacts.get('dbt-passport-x')?.expiresAt ?? '');
    expect(Math.round((expires - Date.now()) / 86_400_000)).toBe(90);
  });

  it('survives a short fault of the service', async () => {
    service.fail({ method: 'FinalizeArtifact', status: 503, code: 'unavailable', message: 'busy', times: 1 });
    await expect(upload()).resolves.toMatchObject({ id: '7000000' });
  });

  it('says that a name is taken', async () => {
    await upload();
    await expect(upload()).rejects.toMatchObject({
      code: 'ERR_UPLOAD_FAILED',
      stage: 'upload',
      message: expect.stringMatching(/^artifact dbt-passport-x was not stored: .*already exists/),
      hint: expect.stringContaining('artifact-name'),
    });
  });

  it('says that the storage is full', async () => {
    const message = 'insufficient usage to create artifact';
    service.fail({ method: 'CreateArtifact', status: 403, code: 'permission_denied', message });
    await expect(upload()).rejects.toMatchObject({
      code: 'ERR_UPLOAD_FAILED',
      hint: expect.stringContaining('retention-days'),
    });
  });

  it('does not retry a refusal', async () => {
    vi.stubEnv('ACTIONS_RUNTIME_TOKEN', runtimeToken());
    await expect(upload()).rejects.toMatchObject({
      code: 'ERR_UPLOAD_FAILED',
      message: expect.stringContaining('(401)'),
    });
    expect(service.requests).toEqual(['CreateArtifact']);
  });

  it.each([
    ['without a runtime token', 'ACTIONS_RUNTIME_TOKEN', '', 'uses:'],
    ['with a runtime token of no run', 'ACTIONS_RUNTIME_TOKEN', runtimeToken('Actions.Other:1'), 'uses:'],
    ['without a results service', 'ACTIONS_RESULTS_URL', '', 'uses:'],
  ])('explains what is missing %s', async (_, name, value, hint) => {
    vi.stubEnv(name, value);
    await expect(upload()).rejects.toMatchObject({
      code: 'ERR_UPLOAD_FAILED',
      hint: expect.stringContaining(hint),
    });
  });

  it.each(['https://github.acme.example', 'https://ghe.com', 'https://notgithub.com', 'https://localhost'])(
    'stores nothing on the GitHub Enterprise Server %s, and says where the evidence is',
    async (serverUrl) => {
      vi.stubEnv('GITHUB_SERVER_URL', serverUrl);
      await expect(upload({}, serverUrl)).resolves.toBeNull();
      expect(service.requests).toEqual([]);
      expect(warnings).toEqual([expect.stringMatching(/^No artifact: .*`evidence-path`.*later step/)]);
    },
  );

  it.each(['https://github.com', 'https://acme.ghe.com', 'http://github.localhost'])(
    'stores on %s without a warning',
    async (serverUrl) => {
      vi.stubEnv('GITHUB_SERVER_URL', serverUrl);
      await expect(upload({}, serverUrl)).resolves.toMatchObject({
        url: `${serverUrl}/octo-org/jaffle-shop/actions/runs/42/artifacts/7000000`,
      });
      expect(warnings).toEqual([]);
    },
  );
});
