/** Events as newline-delimited JSON (https://github.com/ndjson/ndjson-spec): one object a line, UTF-8. */
export function toNdjson(events: readonly Readonly<Record<string, unknown>>[]): Uint8Array {
  return new TextEncoder().encode(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}
