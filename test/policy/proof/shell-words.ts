/**
 * The words of one command of a POSIX shell, as far as the renderers write them: single quotes, and a backslash outside of
 * them. Throws for whatever else a shell would do something with.
 */
export function shellWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [part] of line.matchAll(/'[^']*'|\\[\s\S]|\s+|[\s\S]/g)) {
    if (/^\s/.test(part)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    if (/^["'$`&|;<>(){}*?[\]~!]$/.test(part)) throw new Error(`a shell does something with ${part}`);
    word = (word ?? '') + (part.startsWith("'") ? part.slice(1, -1) : part.replace(/^\\/, ''));
  }
  return word === undefined ? words : [...words, word];
}

/** What follows an option in a command. */
export function optionOf(words: readonly string[], name: string): string | undefined {
  const at = words.indexOf(name);
  return at === -1 ? undefined : words[at + 1];
}
