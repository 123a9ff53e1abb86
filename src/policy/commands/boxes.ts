/** For each dimension, the places of the values in it: all their combinations. */
export type Box = readonly (readonly number[])[];

/** Fewer boxes that hold the same cells: two that differ in one dimension alone become one. */
export function mergeBoxes(boxes: readonly Box[]): readonly Box[] {
  let merged = boxes;
  for (let before = Number.POSITIVE_INFINITY; merged.length < before; ) {
    before = merged.length;
    const dimensions = merged[0]?.length ?? 0;
    for (let dimension = 0; dimension < dimensions; dimension += 1) merged = alongside(merged, dimension);
  }
  return merged;
}

function alongside(boxes: readonly Box[], dimension: number): readonly Box[] {
  const groups = Map.groupBy(boxes, (box) => JSON.stringify(box.toSpliced(dimension, 1)));
  return [...groups.values()].map((group) => {
    const values = new Set(group.flatMap((box) => box[dimension] ?? []));
    return (group[0] ?? []).toSpliced(
      dimension,
      1,
      [...values].sort((a, b) => a - b),
    );
  });
}

/** Above this many cells, boxes are told as they were merged. */
const WIDENED = 5_000;

/**
 * The same cells as the largest boxes that hold no other cell. They may overlap, and each says one thing:
 * "on a push", "with another workflow", and not the parts that these have apart.
 */
export function widestBoxes(boxes: readonly Box[], sizes: readonly number[]): readonly Box[] {
  const cells = new Set(boxes.flatMap((box) => [...cellsIn(box)]));
  if (cells.size > WIDENED) return boxes;
  const widened = boxes.map((box) =>
    box.reduce((wide: Box, _, dimension) => widen(wide, dimension, sizes[dimension] ?? 0, cells), box),
  );
  return [...new Map(widened.map((box) => [JSON.stringify(box), box])).values()];
}

function widen(box: Box, dimension: number, size: number, cells: ReadonlySet<string>): Box {
  const fits = (value: number) =>
    [...cellsIn(box.toSpliced(dimension, 1, [value]))].every((cell) => cells.has(cell));
  const values = Array.from({ length: size }, (_, value) => value).filter(
    (value) => box[dimension]?.includes(value) === true || fits(value),
  );
  return box.toSpliced(dimension, 1, values);
}

function* cellsIn(box: Box): Generator<string> {
  for (const cell of cellsOf(box.map((values) => values.length))) {
    yield cell.map((at, dimension) => box[dimension]?.[at]).join();
  }
}

/** Every combination of one value in each dimension. */
export function* cellsOf(sizes: readonly number[]): Generator<readonly number[]> {
  const cell = sizes.map(() => 0);
  if (sizes.includes(0)) return;
  for (;;) {
    yield [...cell];
    let at = sizes.length - 1;
    while (at >= 0 && (cell[at] ?? 0) + 1 === sizes[at]) cell[at--] = 0;
    if (at < 0) return;
    cell[at] = (cell[at] ?? 0) + 1;
  }
}
