/** The known name that is at most two edits away from what was written, when there is one; the nearest of them. */
export function nearestName(written: string, known: readonly string[]): string | undefined {
  const limit = written.length > 3 ? 2 : 1;
  for (let edits = 0; edits <= limit; edits += 1) {
    const near = known.find((name) => isNear(written, name, edits));
    if (near !== undefined) return near;
  }
  return undefined;
}

/** Whether so many edits, each of one letter put in, left out or replaced, make one text of the other. */
function isNear(from: string, to: string, edits: number): boolean {
  if (Math.abs(from.length - to.length) > edits) return false;
  let at = 0;
  while (at < from.length && from[at] === to[at]) at += 1;
  if (at === from.length && at === to.length) return true;
  if (edits === 0) return false;
  const [left, right] = [from.slice(at), to.slice(at)];
  return (
    isNear(left.slice(1), right.slice(1), edits - 1) ||
    isNear(left.slice(1), right, edits - 1) ||
    isNear(left, right.slice(1), edits - 1)
  );
}
