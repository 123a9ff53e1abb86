import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { TOOL } from '../src/version.ts';

it('the version in the source is the version of the package', async () => {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  expect(TOOL.version).toBe(manifest.version);
  expect(TOOL.uri).toContain(manifest.version);
});
