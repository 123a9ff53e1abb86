import { spawn } from 'node:child_process';

/** Something to measure: gives the milliseconds it took, or throws when it did not do its work. */
export interface Variant {
  /** The command as a person would type it. */
  readonly command: string;
  readonly once: () => Promise<number>;
}

/**
 * Medians of variants that take turns, so that a machine that slows down slows all of them. Each round
 * turns the order around; one round before the first warms the caches and does not count.
 */
export async function medians(rounds: number, variants: readonly Variant[]): Promise<readonly number[]> {
  const times = variants.map((): number[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    const order = round % 2 === 0 ? [...variants.keys()] : [...variants.keys()].reverse();
    for (const index of order) {
      const elapsed = await variants[index]?.once();
      if (round > 0 && elapsed !== undefined) times[index]?.push(elapsed);
    }
  }
  return times.map(median);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}

/** Milliseconds from the start of a process to its end, or to the first byte of its output. */
export function timed(
  [program = '', ...args]: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly until?: 'end' | 'first byte';
    /** Exit status that means the work was done; any when undefined. */
    readonly status?: number;
  },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { PATH: process.env['PATH'] ?? '', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let first = 0;
    const read = (chunk: Buffer) => {
      first ||= performance.now() - started;
      output += chunk.toString();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', reject);
    child.on('close', (status) => {
      const elapsed = options.until === 'first byte' ? first : performance.now() - started;
      if (options.status === undefined || options.status === status) resolve(elapsed);
      else reject(new Error(`${[program, ...args].join(' ')} ended with ${status}\n${output}`));
    });
  });
}
