/**
 * Builds dist/. With `--check` it writes nothing: it builds in memory and fails when a committed file
 * differs by one byte, when a file is missing or left over, or when a bundle breaks its budget.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { overBudget } from './budget.ts';
import { bundle } from './bundle.ts';

const root = process.cwd();
const distribution = await bundle(root).catch((error: Error) => {
  // esbuild has printed each fault with its place; its error's own stack leads nowhere.
  console.error(error.message);
  process.exit(1);
});
const faults = [...overBudget(distribution)];

if (process.argv.includes('--check')) faults.push(...differences(distribution.files));
else write(distribution.files);

for (const [name, bytes] of distribution.files) console.log(`${name.padEnd(14)} ${bytes.length} bytes`);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);

function write(files: ReadonlyMap<string, Uint8Array>): void {
  rmSync(`${root}/dist`, { recursive: true, force: true });
  mkdirSync(`${root}/dist`);
  for (const [name, bytes] of files) writeFileSync(`${root}/dist/${name}`, bytes);
}

function differences(files: ReadonlyMap<string, Uint8Array>): readonly string[] {
  const present = existsSync(`${root}/dist`) ? readdirSync(`${root}/dist`) : [];
  const stray = present.filter((name) => !files.has(name));
  const changed = [...files].filter(([name, bytes]) => {
    return !present.includes(name) || !readFileSync(`${root}/dist/${name}`).equals(bytes);
  });
  return [
    ...changed.map(
      ([name]) => `dist/${name} is not what this source builds: run \`npm run dist\` and commit it`,
    ),
    ...stray.map((name) => `dist/${name} is not made by the build: remove it`),
  ];
}
