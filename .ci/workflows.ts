import { globSync } from 'node:fs';

/** Every workflow file of the repository: its own and those of the examples. */
export function workflows(): readonly string[] {
  return globSync(['.github/workflows/*.{yml,yaml}', 'examples/**/workflow*.{yml,yaml}'], {
    exclude: (path) => path.includes('node_modules'),
  }).sort();
}
