/** W3C trace context of a run (https://www.w3.org/TR/trace-context/): 32 and 16 lower-case hex digits. */
export interface Trace {
  readonly traceId: string;
  readonly spanId: string;
}
