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
export function widestBoxes(boxes: readonly Box[]): readonly Box[] {
  if (cellCount(boxes) > WIDENED) return boxes;
  const cells = new Set(boxes.flatMap((box) => [...cellsIn(box)].map((cell) => cell.join())));
  const used = (boxes[0] ?? []).map((_, dimension) =>
    [...new Set(boxes.flatMap((box) => box[dimension] ?? []))].sort((a, b) => a - b),
  );
  const widened = boxes.map((box) =>
    box.reduce((wide: Box, _, dimension) => widen(wide, dimension, used[dimension] ?? [], cells), box),
  );
  return [...new Map(widened.map((box) => [JSON.stringify(box), box])).values()];
}

/** `used` are the values that any cell has in the dimension. */
function widen(box: Box, dimension: number, used: readonly number[], cells: ReadonlySet<string>): Box {
  const fits = (value: number) =>
    [...cellsIn(box.toSpliced(dimension, 1, [value]))].every((cell) => cells.has(cell.join()));
  const values = used.filter((value) => box[dimension]?.includes(value) === true || fits(value));
  return box.toSpliced(dimension, 1, values);
}

function cellCount(boxes: readonly Box[]): number {
  return boxes.reduce((sum, box) => sum + box.reduce((product, { length }) => product * length, 1), 0);
}

/** Every combination of one value of each dimension. */
function cellsIn(box: Box): readonly (readonly number[])[] {
  return box.reduce<readonly (readonly number[])[]>(
    (cells, values) => cells.flatMap((cell) => values.map((value) => [...cell, value])),
    [[]],
  );
}
