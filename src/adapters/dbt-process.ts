import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** The Python side. It lies beside this file in the sources and beside the bundle in `dist/`. */
const SCRIPT = fileURLToPath(new URL('./dbt-session.py', import.meta.url));

/** Time for the last output to arrive after the process has ended. */
const LINGER_MS = 1_000;

/** How the process ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A reply of the Python side: what it means is for the caller to say. */
export type Reply = Readonly<Record<string, unknown>>;

/**
 * The Python process that holds dbt, and the channel to it: one JSON line per request on descriptor 3,
 * one per reply on descriptor 4. Its stdout and stderr are dbt's own and go to `output` as they come.
 */
export class DbtProcess {
  readonly #child: ChildProcess;
  readonly #requests: Writable;
  readonly #ended: Promise<Ended>;
  #replies: AsyncIterator<string>;
  #chunks = 0;

  constructor(
    python: string,
    options: { cwd: string; env: Readonly<Record<string, string>>; output: (chunk: Uint8Array) => void },
  ) {
    this.#child = spawn(python, [SCRIPT], {
      cwd: options.cwd,
      env: { ...options.env },
      // A process group of its own: an interrupt at a terminal would otherwise reach dbt twice.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    const [, stdout, stderr, requests, replies] = this.#child.stdio;
    if (!(requests instanceof Writable) || !(replies instanceof Readable))
      throw new Error('no channel to dbt');
    this.#requests = requests;
    requests.on('error', () => {}); // the end of the process says why
    this.#replies = createInterface({ input: replies })[Symbol.asyncIterator]();
    for (const stream of [stdout, stderr]) {
      stream?.on('data', (chunk: Uint8Array) => {
        this.#chunks += 1;
        options.output(chunk);
      });
    }
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', () => resolve({ exitCode: 127, signal: null }));
      this.#child.on('close', (exitCode, signal) => resolve({ exitCode, signal }));
      this.#child.on('exit', () => this.#endRest());
    });
  }

  /** What dbt has started ends with it. A process that has left the group may hold its output open, but nobody waits for that. */
  #endRest(): void {
    this.signal('SIGKILL');
    setTimeout(() => {
      for (const stream of this.#child.stdio) stream?.destroy();
    }, LINGER_MS).unref();
  }

  /** Sends one request and waits for its reply, or for the end of the process. */
  async request(message: unknown): Promise<Reply | Ended> {
    this.#requests.write(`${JSON.stringify(message)}\n`);
    return await this.next();
  }

  /** The next reply, once all output that was written before it has been passed on. */
  async next(): Promise<Reply | Ended> {
    const { value, done } = await this.#replies.next();
    if (done === true) return await this.#ended;
    let seen: number;
    do {
      seen = this.#chunks;
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#chunks > seen);
    return JSON.parse(value);
  }

  /** Sends a signal to dbt and to whatever it started. */
  signal(name: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, name);
    } catch {
      // It has ended already.
    }
  }

  /** Lets it end; after `graceMs` ends it. */
  async close(graceMs: number): Promise<void> {
    this.#requests.end();
    const timer = setTimeout(() => this.signal('SIGKILL'), graceMs);
    await this.#ended;
    clearTimeout(timer);
  }
}

export function isEnded(reply: Reply | Ended): reply is Ended {
  return 'exitCode' in reply;
}
