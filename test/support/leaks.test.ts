import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forms, leaks } from './leaks.ts';
import { type Peers, passportCall, startPeers } from './passport.ts';
import { type ActionResult, runAction } from './runner.ts';

/** Has a quote, and bytes that differ between base64 and base64url. */
const CREDENTIAL = 'FwoGZXIvYXdzE"~~>>>???+/kB9sQ2v7Jt5LmXc0pRzT8yHw3NdGf6aUe1KbVoSi4q';

describe('the search for leaks', () => {
  let workspace = '';
  let peers: Peers;
  let honest: ActionResult;
  beforeAll(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'workspace-'));
    const clouds = async () => ({ secrets: () => [CREDENTIAL], close: async () => {} });
    peers = await startPeers({ clouds });
    const main = join(workspace, 'main.mjs');
    await writeFile(main, `console.log('::add-mask::' + 'of-main-x7'.repeat(4)); console.log('a log')`);
    honest = await runAction({ ...passportCall(peers, workspace), main });
  });
  afterAll(async () => {
    await honest.cleanup();
    await peers.close();
    await rm(workspace, { recursive: true });
  });

  it('finds nothing where nothing is', async () => {
    expect(await leaks(peers, honest)).toEqual([]);
  });

  it.each([
    ['plain', CREDENTIAL],
    ['base64', Buffer.from(CREDENTIAL).toString('base64')],
    ['base64, one byte on', Buffer.from(`:${CREDENTIAL}, and more`).toString('base64')],
    ['base64, two bytes on', Buffer.from(`u:${CREDENTIAL}.`).toString('base64')],
    ['base64url', Buffer.from(`u:${CREDENTIAL}.`).toString('base64url')],
    ['URL-encoded', encodeURIComponent(CREDENTIAL)],
    ['hex', Buffer.from(CREDENTIAL).toString('hex')],
    ['HEX', Buffer.from(CREDENTIAL).toString('hex').toUpperCase()],
    ['reversed', [...CREDENTIAL].reverse().join('')],
    ['JSON-escaped', JSON.stringify({ token: CREDENTIAL })],
    ['cut', CREDENTIAL.slice(-40, -4)],
    ['a secret that only main knew', 'of-main-x7'.repeat(4)],
  ])('finds a credential in the log: %s', async (_, text) => {
    expect(await leaks(peers, { ...honest, stdout: `${honest.stdout}say ${text} there` })).toEqual(['log']);
    expect(await leaks(peers, { ...honest, summary: text })).toEqual(['summary']);
  });

  it.each([
    ['RUNNER_TEMP', () => join(honest.runnerTemp, 'left', 'pgpass')],
    ['the workspace', () => join(workspace, 'target', 'compiled.sql')],
  ])('finds a credential in a file of %s', async (_, at) => {
    await mkdir(join(at(), '..'), { recursive: true });
    await writeFile(at(), `host:5432:*:user:${CREDENTIAL}\n`);
    expect(await leaks(peers, honest)).toEqual([at()]);
    await rm(at());
  });

  it('takes for a form only what is long enough to prove something', () => {
    expect(forms('short')).toEqual([]);
  });
});
