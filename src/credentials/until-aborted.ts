/**
 * Starts `work` and gives its outcome, or the reason of the signal as soon as that is aborted: a call that hangs holds
 * nobody up, and whatever it still brings is dropped. Aborted already, nothing is started.
 */
export async function untilAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, fail) => {
    stop = () => fail(signal.reason);
    signal.addEventListener('abort', stop);
  });
  return await Promise.race([work(), aborted]).finally(() => signal.removeEventListener('abort', stop));
}
