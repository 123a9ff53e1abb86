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
    case 'group':
      return node.group === value;
    case 'access':
      return node.access === value;
  }
}

/** As the policy writes it. */
export function showSelector({ method, value }: Selector): string {
  return `${method}:${value}`;
}

/** A path as its parts, `.` and `..` resolved; one that leads out of the project starts with `..`. */
function segments(path: string): readonly string[] {
  const parts: string[] = [];
  for (const part of path.split(/[\\/]/)) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return parts;
}

function isWithin(file: readonly string[], folder: readonly string[]): boolean {
  return folder.length > 0 && folder.every((part, index) => file[index] === part);
}
