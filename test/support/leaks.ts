import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { GITHUB_TOKEN, type Peers } from './passport.ts';
import type { ActionResult } from './runner.ts';

/** What no part of may show, however it was cut. */
function randomParts(peers: Peers): readonly string[] {
  const signatures = peers.issuer.issued.map((token) => token.split('.')[2] ?? '');
  const pem = peers.key.privatePem
    .split('\n')
    .filter((line) => line.length > 20 && !line.startsWith('-----'));
  return [...signatures, ...pem, peers.issuer.requestToken, peers.artifacts.token, GITHUB_TOKEN];
}

/** Pieces of which every cut of 35 characters or more holds at least one. */
function windows(secret: string): readonly string[] {
  return Array.from({ length: Math.ceil(secret.length / 12) }, (_, index) =>
    secret.slice(index * 12, index * 12 + 24),
  );
}

/** Whole tokens and their claims. The claims are public, so a piece of them elsewhere is no leak; the header is anybody's. */
function tokensOf(peers: Peers): readonly string[] {
  return peers.issuer.issued.flatMap((token) => [token, token.split('.')[1] ?? '']);
}

/** The forms in which a secret could slip through a search for its plain text. */
function forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const inside = (text: string) => text.slice(2, -4);
  return [
    secret,
    inside(bytes.toString('base64')),
    encodeURIComponent(secret),
    [...secret].reverse().join(''),
  ].filter((form) => form.length >= 20);
}

async function filesBelow(folder: string): Promise<readonly (readonly [string, Buffer])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(files.map(async (path) => [path, await readFile(path)] as const));
}

/** Where the run left text or files: the log without the masks themselves, every command file, disk, artifacts. */
async function surfaces(peers: Peers, run: ActionResult): Promise<readonly (readonly [string, Buffer])[]> {
  const shown = run.stdout.split('\n').filter((line) => !line.startsWith('::add-mask::'));
  const texts: readonly (readonly [string, string])[] = [
    ['log', shown.join('\n')],
    ['standard error', run.stderr],
    ['outputs', JSON.stringify([...run.outputs])],
    ['state', JSON.stringify([...run.state])],
    ['summary', run.summary],
    ['GITHUB_ENV', run.envFile],
    ['GITHUB_PATH', run.pathFile],
  ];
  const artifacts = [...peers.artifacts.artifacts.values()].flatMap(({ name, bytes }) =>
    Object.entries(unzipSync(bytes)).map(
      ([file, content]) => [`${name}/${file}`, Buffer.from(content)] as const,
    ),
  );
  return [
    ...texts.map(([name, text]) => [name, Buffer.from(text)] as const),
    ...artifacts,
    ...(await filesBelow(run.runnerTemp)),
    ...(await filesBelow(run.call.workspace)),
  ];
}

/** Names every place where a secret of the run can be found, in any of its forms; empty when none can. */
export async function leaks(peers: Peers, run: ActionResult): Promise<readonly string[]> {
  const random = randomParts(peers);
  const needles = [...random, ...tokensOf(peers)].flatMap(forms).concat(random.flatMap(windows));
  const long = needles.filter((needle) => needle.length >= 20);
  const places = await surfaces(peers, run);
  return places.filter(([, bytes]) => long.some((needle) => bytes.includes(needle))).map(([name]) => name);
}
