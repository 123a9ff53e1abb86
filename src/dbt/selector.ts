import type { Selector } from '../policy/policy.ts';
import type { ManifestNode } from './artifacts.ts';

/**
 * Whether a node matches one entry of a rule's `within` or `never`. Values are compared exactly, letter
 * case included; `path:` matches the file itself or a folder above it, segment by segment, in any package.
 */
export function matches(node: ManifestNode, { method, value }: Selector): boolean {
  switch (method) {
    case 'tag':
      return node.tags.includes(value);
    case 'path':
      return isWithin(segments(node.originalFilePath), segments(value));
    case 'package':
      return node.packageName === value;
    case 'schema':
      return node.schema === value;
    case 'database':
      return node.database === value;
  }
}

/** As the policy writes it. */
export function showSelector({ method, value }: Selector): string {
  return `${method}:${value}`;
}

function segments(path: string): readonly string[] {
  return path.split(/[\\/]/).filter((segment) => segment !== '' && segment !== '.');
}

function isWithin(file: readonly string[], folder: readonly string[]): boolean {
  if (folder.length === 0 || file.includes('..')) return false;
  return folder.every((segment, index) => file[index] === segment);
}
