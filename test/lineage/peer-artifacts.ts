/** Folders of real dbt artifacts in the peer data, read the way the product reads them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DbtArtifacts } from '../../src/dbt/artifacts.ts';
import { readCatalog, readManifest, readRunResults } from '../../src/dbt/read-artifacts.ts';

const PEERS = fileURLToPath(new URL('../../../shared/peers', import.meta.url));
export const peersPresent = existsSync(PEERS);

/** Every folder below `set` that holds a manifest.json, relative to the peer data, sorted. */
export function artifactFolders(set: string): readonly string[] {
  if (!peersPresent) return [];
  return readdirSync(`${PEERS}/${set}`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('/manifest.json'))
    .map((path) => `${set}/${path.slice(0, -'/manifest.json'.length)}`)
    .sort();
}

export function peerFile(path: string): Uint8Array | null {
  return existsSync(`${PEERS}/${path}`) ? readFileSync(`${PEERS}/${path}`) : null;
}

export function peerArtifacts(folder: string): DbtArtifacts {
  const manifest = peerFile(`${folder}/manifest.json`);
  const runResults = peerFile(`${folder}/run_results.json`);
  const catalog = peerFile(`${folder}/catalog.json`);
  if (manifest === null) throw new Error(`${folder} has no manifest.json`);
  return {
    manifest: readManifest(manifest),
    runResults: runResults && readRunResults(runResults),
    catalog: catalog && readCatalog(catalog),
  };
}
