/**
 * JSON as every parser reads it the same way: valid UTF-8 without a byte order mark, and no object with
 * the same key twice (RFC 8259 section 4 leaves the meaning of duplicates open, so two verifiers could differ).
 * Throws SyntaxError or TypeError otherwise.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const value: unknown = JSON.parse(text);
  const duplicate = duplicateKey(text);
  if (duplicate !== undefined) throw new SyntaxError(`the key ${JSON.stringify(duplicate)} is there twice`);
  return value;
}

/** The first key that an object of this valid JSON text has twice, compared after unescaping. */
function duplicateKey(text: string): string | undefined {
  // Only strings and brackets matter: a string before a colon is a key of the innermost open object.
  const open: Set<unknown>[] = [];
  const next = /["{}[\]]/g;
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    if ('{['.includes(found[0])) open.push(new Set());
    if ('}]'.includes(found[0])) open.pop();
    if (found[0] !== '"') continue;
    next.lastIndex = endOfString(text, found.index);
    if (!isKey(text, next.lastIndex)) continue;
    const key: unknown = JSON.parse(text.slice(found.index, next.lastIndex));
    if (open.at(-1)?.has(key)) return String(key);
    open.at(-1)?.add(key);
  }
  return undefined;
}

/** The index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isKey(text: string, end: number): boolean {
  const colon = /\s*:/y;
  colon.lastIndex = end;
  return colon.test(text);
}
