/** Standard output, always with a line end at the end. */
export function say(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** What the process will end with once its output is written. */
export function endWith(exitCode: number): void {
  process.exitCode = exitCode;
}
