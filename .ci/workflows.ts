import { globSync } from 'node:fs';

const PLACES = [
  '.github/workflows/*.{yml,yaml}',
  'examples/workflows/*.{yml,yaml}',
  'examples/**/workflow*.{yml,yaml}',
];

/** Every workflow file of the repository: its own and those of the examples. */
export function workflows(): readonly string[] {
  const found = globSync(PLACES, { exclude: (path) => path.includes('node_modules') });
  return [...new Set(found)].sort();
}
