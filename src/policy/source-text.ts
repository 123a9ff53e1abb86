import type { Problem } from './problem.ts';

/** Largest policy that is read, in bytes. */
export const POLICY_BYTES = 256 * 1024;

/**
 * The file as text, before any parser sees it: printable ASCII and line ends (`\n` or `\r\n`) only.
 * Tabs are refused, so that what is seen as indentation is what the parser counts.
 */
export function sourceText(
  bytes: Uint8Array,
  largest: number = POLICY_BYTES,
): { readonly text: string } | { readonly problem: Problem } {
  if (bytes.length > largest) {
    return fault('POLICY_SIZE', `expected at most ${largest} bytes, got ${bytes.length}`);
  }
  const text = new TextDecoder('latin1').decode(bytes);
  const odd = /[^\x20-\x7e\r\n]|\r(?!\n)/.exec(text);
  if (odd) {
    const before = text.slice(0, odd.index).split('\n');
    const code = odd[0].charCodeAt(0).toString(16).padStart(2, '0');
    return fault(
      'POLICY_CHARSET',
      `expected printable ASCII and line ends only (no tab, byte order mark or accented letter), got byte 0x${code}`,
      before.length,
      (before.at(-1)?.length ?? 0) + 1,
    );
  }
  return { text };
}

function fault(reason: Problem['reason'], message: string, line = 1, column = 1): { problem: Problem } {
  return { problem: { reason, message, line, column } };
}
