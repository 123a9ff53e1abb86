export function toolsFor(args: readonly string[]): readonly string[];
export function neededBy(files: readonly string[]): readonly string[];
export function testFiles(): readonly string[];
