import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { downloadArtifact } from '../../src/adapters/artifact-download.ts';
import { LIMITS } from '../../src/adapters/zip-archive.ts';
import { type ArtifactService, startArtifactService } from '../support/artifact-service.ts';
import { text } from '../support/evidence.ts';
import { zip } from '../support/zip.ts';

let service: ArtifactService;
let tempDir = '';
beforeEach(async () => {
  service = await startArtifactService();
  tempDir = await mkdtemp(join(tmpdir(), 'download-'));
  for (const [name, value] of Object.entries(service.env)) vi.stubEnv(name, value);
  vi.stubEnv('GITHUB_SERVER_URL', 'https://github.com');
  // The library's messages to the runner.
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await service.close();
  expect(await readdir(tempDir), 'what is left on the disk').toEqual([]);
  await rm(tempDir, { recursive: true });
});

const runner = { group: <T>(_: string, work: () => Promise<T>) => work() };
const download = (artifact: { id: string; digest: string }, serverUrl = 'https://github.com') =>
  downloadArtifact(artifact, { serverUrl, tempDir }, runner);
const GOOD = zipSync({
  'policy.yml': Buffer.from('version: 1\n'),
  'dbt/1-build/manifest.json': Buffer.from('{}'),
});

describe('downloadArtifact', () => {
  it('gives the files of an artifact of this run, unpacked in memory', async () => {
    service.put('other', zipSync({ 'a.txt': Buffer.of() }));
    const files = await download(service.put('evidence', GOOD));
    expect([...files.keys()]).toEqual(['policy.yml', 'dbt/1-build/manifest.json']);
    expect(text(files.get('policy.yml'))).toBe('version: 1\n');
    expect(service.requests).toContain('download');
  });

  it('an artifact of another run cannot be seen', async () => {
    const artifact = service.put('evidence', GOOD);
    for (const [name, value] of Object.entries(service.otherRun)) vi.stubEnv(name, value);
    await expect(download(artifact)).rejects.toMatchObject({
      code: 'ERR_ARTIFACT_UNAVAILABLE',
      message: `artifact ${artifact.id} was not read: this run has 0 artifacts, and none of that id`,
    });
    expect(service.requests).not.toContain('download');
  });

  it('another digest is refused before the download, other bytes after it', async () => {
    const { id, digest } = service.put('evidence', GOOD);
    const refusal = { code: 'ERR_RECORD_REFUSED', reason: 'ARTIFACT_DIGEST' };
    await expect(download({ id, digest: `sha256:${'0'.repeat(64)}` })).rejects.toMatchObject(refusal);
    expect(service.requests).not.toContain('download');
    service.serve(id, zipSync({ 'policy.yml': Buffer.from('version: 2\n') }));
    await expect(download({ id, digest })).rejects.toMatchObject(refusal);
  });

  it.each([
    [
      'a bomb',
      () => zip([{ name: 'a.txt', content: '0'.repeat(8_000_000), deflate: true }]),
      'far more than',
    ],
    ['a link', () => zip([{ name: 'a.txt', content: '/etc/passwd', mode: 0o120777 }]), 'is a link'],
    ['a name outside', () => zip([{ name: '../a.txt', content: 'x' }]), 'not a plain relative path'],
    [
      'a file twice',
      () =>
        zip([
          { name: 'a', content: 'x' },
          { name: 'a', content: 'y' },
        ]),
      'is there twice',
    ],
    ['no archive', () => Buffer.from('<html>'), 'not a zip archive'],
  ])('%s is refused', async (_, bytes, words) => {
    await expect(download(service.put('evidence', bytes()))).rejects.toMatchObject({
      code: 'ERR_RECORD_REFUSED',
      reason: 'ARTIFACT_ARCHIVE',
      message: expect.stringContaining(words),
    });
  });

  it('one that is too large is not downloaded at all', async () => {
    const artifact = service.put('evidence', GOOD);
    service.claimSize(artifact.id, LIMITS.bytes + 1);
    await expect(download(artifact)).rejects.toMatchObject({ reason: 'ARTIFACT_ARCHIVE' });
    expect(service.requests).not.toContain('download');
  });

  it('a service that refuses is named, without its token', async () => {
    const artifact = service.put('evidence', GOOD);
    service.fail({ method: 'ListArtifacts', status: 403, code: 'permission_denied', message: 'no access' });
    const error = await download(artifact).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ERR_ARTIFACT_UNAVAILABLE',
      message: expect.stringContaining('no access'),
    });
    expect(String(error)).not.toContain(service.token);
  });

  it('a GitHub Enterprise Server has none of these artifacts', async () => {
    const artifact = service.put('evidence', GOOD);
    await expect(download(artifact, 'https://github.acme.example')).rejects.toMatchObject({
      code: 'ERR_ARTIFACT_UNAVAILABLE',
      hint: expect.stringContaining('signing: key'),
    });
    expect(service.requests).toEqual([]);
  });
});
