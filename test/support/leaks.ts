import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { GITHUB_TOKEN, type Peers } from './passport.ts';
import type { ActionResult } from './runner.ts';

/** Everything of a run that must stay secret, in the pieces that would give it away. */
function secretsOf(peers: Peers): readonly string[] {
  // A token's header is the same for every token and public; its payload and signature are not.
  const tokens = peers.issuer.issued.flatMap((token) => [token, ...token.split('.').slice(1)]);
  const pem = peers.key.privatePem
    .split('\n')
    .filter((line) => line.length > 20 && !line.startsWith('-----'));
  return [...tokens, ...pem, peers.issuer.requestToken, peers.artifacts.token, GITHUB_TOKEN];
}

/** The forms in which a secret could slip through a search for its plain text. */
function forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const inside = (text: string) => text.slice(2, -4);
  return [
    secret,
    // A cut secret is still a secret.
    secret.slice(0, 24),
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
  const needles = secretsOf(peers).flatMap(forms);
  const places = await surfaces(peers, run);
  return places.filter(([, bytes]) => needles.some((needle) => bytes.includes(needle))).map(([name]) => name);
}
