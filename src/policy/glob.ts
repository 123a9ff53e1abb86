/** Longer than any ref of GitHub; what is longer is not looked at, so that many patterns cost little. */
const LONGEST = 1_024;

/**
 * The one wildcard of the policy, on refs only: `*` stands for one or more of `A-Z a-z 0-9 . _ -`, never for
 * `/ : @ %` or a line end, and never for a leading dot of a path part. A pattern has at most two stars,
 * so matching takes time linear in the text and always ends.
 */
export function globMatches(pattern: string, text: string): boolean {
  const [head = '', middle, tail, ...more] = pattern.split('*');
  if (more.length > 0 || text.length > LONGEST) return false;
  if (middle === undefined) return text === pattern;
  if (!text.startsWith(head)) return false;
  // What overlaps leaves the star nothing to stand for.
  if (tail === undefined) {
    return text.endsWith(middle) && star(text.slice(head.length, text.length - middle.length), head);
  }
  if (!text.endsWith(tail)) return false;
  const inner = text.slice(head.length, text.length - tail.length);
  // The first place is enough: characters outside the star's class can only stand in `middle`, once.
  const at = inner.indexOf(middle, 1);
  return at !== -1 && star(inner.slice(0, at), head) && star(inner.slice(at + middle.length), middle);
}

/** Whether a star may stand for this run, given the literal before it. */
function star(run: string, before: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(run) && !(run.startsWith('.') && before.endsWith('/'));
}
