import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { basename } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { licences } from './licences.ts';
import { type NpmPackage, packageOf } from './npm-package.ts';

/** What `npm run dist` writes, made in memory. The same source gives the same bytes on every machine. */
export interface Distribution {
  /** File name inside dist/ to its bytes, in name order. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Bundle name (`main.js`) to the npm packages that are in it. */
  readonly packages: ReadonlyMap<string, readonly NpmPackage[]>;
}

/** CommonJS packages inside an ES module still ask for these three names. */
const COMMONJS = [
  "import{createRequire as $require}from'node:module'",
  "import{fileURLToPath as $path}from'node:url'",
  "const require=$require(import.meta.url),__filename=$path(import.meta.url),__dirname=$path(new URL('.',import.meta.url))",
  '',
].join(';');

/** Bundles the three entry points below `root`, with their licences and the Python files they start. */
export async function bundle(root: string): Promise<Distribution> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts', 'src/post.ts', 'src/cli.ts'],
    outdir: 'dist',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    banner: { js: COMMONJS },
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  const kept = keptPackages(result.metafile);
  const files = new Map(result.outputFiles.map((file) => [basename(file.path), file.contents]));
  for await (const path of glob('src/**/*.py', { cwd: root })) {
    files.set(basename(path), readFileSync(`${root}/${path}`));
  }
  files.set('LICENSES.txt', new TextEncoder().encode(licences(root, [...kept.values()].flat())));
  return { files: new Map([...files].sort(byName)), packages: kept };
}

function byName([left]: [string, unknown], [right]: [string, unknown]): number {
  return left < right ? -1 : 1;
}

/** Bundle name to the packages of which at least one byte is left in it. */
function keptPackages(metafile: Metafile): ReadonlyMap<string, readonly NpmPackage[]> {
  return new Map(
    Object.entries(metafile.outputs).map(([path, output]) => {
      const inputs = Object.entries(output.inputs).filter(([, input]) => input.bytesInOutput > 0);
      return [basename(path), inputs.flatMap(([input]) => packageOf(input) ?? [])];
    }),
  );
}
