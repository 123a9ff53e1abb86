import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { basename } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { licences } from './licences.ts';
import { type NpmPackage, packageOf } from './npm-package.ts';

/** What `npm run dist` writes, made in memory. The same source gives the same bytes on every machine. */
export interface Distribution {
  /** File name inside dist/ to its bytes, in name order. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** JavaScript file (`main.js`) to the npm packages that are in it. */
  readonly packages: ReadonlyMap<string, readonly NpmPackage[]>;
}

/** CommonJS packages inside an ES module still ask for these three names. */
const COMMONJS = [
  "import{createRequire as $require}from'node:module'",
  "import{fileURLToPath as $path}from'node:url'",
  "const require=$require(import.meta.url),__filename=$path(import.meta.url),__dirname=$path(new URL('.',import.meta.url))",
  '',
].join(';');

/**
 * The clients of clouds, which main imports only when a grant needs them: each becomes a file of its own beside
 * main.js, whole in itself. What they share with main are types and values that are passed, never classes.
 */
const ON_DEMAND: ReadonlyMap<string, string> = new Map([
  ['./iam-credentials-client.ts', 'google-client'],
  ['@aws-sdk/client-sts', 'aws-client'],
]);

/** Bundles the three entry points below `root`, with their licences and the Python files they start. */
export async function bundle(root: string): Promise<Distribution> {
  const onDemand = new Map<string, string>();
  const entries = { main: 'src/main.ts', post: 'src/post.ts', cli: 'src/cli.ts' };
  const builds = [
    await bundled(root, entries, [leftOut(onDemand)]),
    await bundled(root, Object.fromEntries([...onDemand].sort(byName)), []),
  ];
  const outputs = Object.assign({}, ...builds.map(({ metafile }) => metafile.outputs));
  const kept = keptPackages(outputs);
  const written = builds.flatMap(({ outputFiles }) => outputFiles);
  const files = new Map(written.map((file) => [basename(file.path), file.contents]));
  for await (const path of glob('src/**/*.py', { cwd: root })) {
    files.set(basename(path), readFileSync(`${root}/${path}`));
  }
  files.set('LICENSES.txt', new TextEncoder().encode(licences(root, [...kept.values()].flat())));
  return { files: new Map([...files].sort(byName)), packages: kept };
}

function bundled(root: string, entryPoints: Readonly<Record<string, string>>, plugins: Plugin[]) {
  return build({
    ...OPTIONS,
    absWorkingDir: root,
    entryPoints,
    plugins,
    outdir: 'dist',
    metafile: true,
    write: false,
  });
}

const OPTIONS: BuildOptions = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  banner: { js: COMMONJS },
  logLevel: 'warning',
};

/** Leaves the import of what is ON_DEMAND as it is, and puts its name and source into `found`. */
function leftOut(found: Map<string, string>): Plugin {
  return {
    name: 'on-demand',
    setup: (setup) => {
      setup.onResolve({ filter: /./ }, async ({ kind, path, resolveDir }) => {
        const name = ON_DEMAND.get(path);
        if (kind !== 'dynamic-import' || name === undefined) return undefined;
        found.set(name, (await setup.resolve(path, { kind: 'import-statement', resolveDir })).path);
        return { path: `./${name}.js`, external: true };
      });
    },
  };
}

function byName([left]: [string, unknown], [right]: [string, unknown]): number {
  return left < right ? -1 : 1;
}

/** File name to the packages of which at least one byte is left in it. */
function keptPackages(outputs: Metafile['outputs']): ReadonlyMap<string, readonly NpmPackage[]> {
  return new Map(
    Object.entries(outputs).map(([path, output]) => {
      const inputs = Object.entries(output.inputs).filter(([, input]) => input.bytesInOutput > 0);
      return [basename(path), inputs.flatMap(([input]) => packageOf(input) ?? [])];
    }),
  );
}
