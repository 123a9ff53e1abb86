/** Inputs that are meant to cost much: one pattern again and again. For the tests and the bench. */

/** The largest input that anything takes. */
export const LARGEST = 256 * 1024;

/** A text of `size` characters out of one piece again and again, or of one for each index. */
export function filled(
  piece: string | ((index: number) => string),
  { head = '', tail = '', size = LARGEST }: { head?: string; tail?: string; size?: number } = {},
): string {
  const parts = [head];
  let length = head.length + tail.length;
  for (let index = 0; ; index += 1) {
    const part = typeof piece === 'string' ? piece : piece(index);
    if (length + part.length > size) return parts.join('') + tail;
    parts.push(part);
    length += part.length;
  }
}

/** In what dbt prints. */
export const HOSTILE_OUTPUT = [
  ':',
  '::',
  '#',
  '##[',
  '\u001b',
  '\u001b[',
  '\u001b]',
  '\r',
  '\n',
  ' ',
  '\u0000',
  '\u200b',
  'a',
  '\u001b[31m',
  '€',
] as const;

/** In the commands that the caller gives. */
export const HOSTILE_COMMANDS = [
  'a',
  ' ',
  "'",
  '"',
  `"'`,
  '-',
  '--select ',
  '-s x ',
  '--select=x ',
  '--vars {} ',
  'build\n',
  '#\n',
  '\\',
  '=',
  '+',
  '--exclude x ',
  `'' `,
  '-sx ',
] as const;

/** In the path of a node. */
export const HOSTILE_PATHS = ['/', '../', 'a/', './', 'a/../'] as const;
