import { readdirSync, readFileSync } from 'node:fs';
import type { NpmPackage } from './npm-package.ts';

/** The licence of every package in the bundles, in one text, ordered by name and version. */
export function licences(root: string, packages: readonly NpmPackage[]): string {
  const folders = new Set(packages.map(({ folder }) => folder));
  const entries = new Map([...folders].map((folder) => licenceOf(`${root}/${folder}`)));
  const names = [...entries.keys()].sort();
  return names.map((name) => `${name}\n\n${entries.get(name)}\n`).join(`\n${'-'.repeat(80)}\n\n`);
}

function licenceOf(folder: string): [string, string] {
  const { name, version, license, author } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const file = readdirSync(folder)
    .sort()
    .find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text =
    file === undefined
      ? `The package carries no licence text. Author: ${author?.name ?? author ?? 'not named'}`
      : readFileSync(`${folder}/${file}`, 'utf8');
  return [`${name} ${version} (${license ?? 'licence not named'})`, text.replaceAll('\r\n', '\n').trim()];
}
