/** An index of Python packages on loopback (the simple repository API, PEP 503), with wheels that hold metadata alone. */
import { createHash } from 'node:crypto';
import { strToU8, zipSync } from 'fflate';
import { startLoopback } from './loopback.ts';

export interface Release {
  readonly name: string;
  readonly version: string;
  /** Lines of `Requires-Dist`. */
  readonly requires?: readonly string[];
}

export interface Index {
  /** `index-url` of clients. */
  readonly url: string;
  /** The projects that somebody asked for, oldest first. */
  readonly asked: readonly string[];
  publish(release: Release): void;
  /** The line of a lock for `name==version`. */
  pin(release: string): string;
  close(): Promise<void>;
}

export async function startIndex(releases: readonly Release[]): Promise<Index> {
  const wheels = new Map<string, Uint8Array>();
  const asked: string[] = [];
  const publish = (release: Release) => {
    wheels.set(`${release.name}-${release.version}-py3-none-any.whl`, wheel(release));
  };
  const server = await startLoopback(({ url = '' }, response) => {
    const [, kind, name = ''] = url.split('/');
    const bytes = kind === 'files' ? wheels.get(name) : undefined;
    if (bytes !== undefined) return response.end(bytes);
    const links = [...wheels].filter(([file]) => file.startsWith(`${name}-`));
    if (kind !== 'simple' || links.length === 0) return response.writeHead(404).end();
    asked.push(name);
    const html = links.map(([file, wheel]) => `<a href="/files/${file}#sha256=${sum(wheel)}">${file}</a>`);
    response.writeHead(200, { 'content-type': 'text/html' });
    return response.end(html.join('\n'));
  });
  for (const release of releases) publish(release);
  return {
    url: `${server.url}/simple`,
    asked,
    publish,
    pin: (release) => {
      const bytes = wheels.get(`${release.replace('==', '-')}-py3-none-any.whl`);
      if (bytes === undefined) throw new Error(`the index has no ${release}`);
      return `${release} --hash=sha256:${sum(bytes)}`;
    },
    close: () => server.close(),
  };
}

const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function wheel({ name, version, requires = [] }: Release): Uint8Array {
  const folder = `${name}-${version}.dist-info`;
  const metadata = ['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`];
  const files = {
    [`${folder}/METADATA`]: [...metadata, ...requires.map((line) => `Requires-Dist: ${line}`), ''].join('\n'),
    [`${folder}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  };
  const record = `${Object.keys(files)
    .map((path) => `${path},,\n`)
    .join('')}${folder}/RECORD,,\n`;
  const bytes = Object.entries({ ...files, [`${folder}/RECORD`]: record });
  return zipSync(Object.fromEntries(bytes.map(([path, text]) => [path, strToU8(text)])));
}
