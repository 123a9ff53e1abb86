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
export function forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const encoded = [0, 1, 2].map((shift) => alignedBase64(bytes, shift));
  return [
    secret,
    ...encoded,
    ...encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    [...secret].reverse().join(''),
  ].filter((form) => form.length >= 16);
}

/** What of the base64 of a longer text is the same whatever stands `shift` bytes before the secret and after it. */
function alignedBase64(bytes: Buffer, shift: number): string {
  const whole = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const first = shift === 0 ? 0 : shift + 1;
  const last = (shift + bytes.length) % 3 === 0 ? whole.length : whole.length - 1;
  return whole.slice(first, last);
}

/**
 * What the services in the clouds' place issued, and all that main itself took for a secret, except the parts of
 * ID tokens, which are looked for above, and the address of one upload, which the artifact toolkit masks and logs.
 */
function credentialsOf(peers: Peers, main: Pick<ActionResult, 'log' | 'stdout'>): readonly string[] {
  const tokens = peers.issuer.issued.join(' ');
  const known = (mask: string) => tokens.includes(mask) || main.stdout.includes(`?sig=${mask}`);
  const masked = main.log.masks.filter((mask) => mask.length >= 20 && !mask.startsWith('-----'));
  return [...new Set([...(peers.clouds?.secrets?.() ?? []), ...masked.filter((mask) => !known(mask))])];
}

/** The end of a credential is its random part, in tokens and in signed addresses alike. */
const randomEnd = (credential: string) => credential.slice(-48);

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

/**
 * Names every place where a secret of the run can be found, in any of its forms; empty when none can.
 * `main` is the main step of the job when `run` is another step.
 */
export async function leaks(
  peers: Peers,
  run: ActionResult,
  main: ActionResult = run,
): Promise<readonly string[]> {
  const random = randomParts(peers);
  const credentials = credentialsOf(peers, main);
  const whole = [...random, ...tokensOf(peers), ...credentials].flatMap(forms);
  const parts = [...random, ...credentials.map(randomEnd)].flatMap(windows);
  const needles = [...new Set([...whole, ...parts.filter((part) => part.length >= 20)])];
  const places = await surfaces(peers, run);
  return places.filter(([, bytes]) => needles.some((needle) => bytes.includes(needle))).map(([name]) => name);
}
