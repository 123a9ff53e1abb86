import { plain } from '../untrusted.ts';
import type { DbtRunPredicate } from './predicate.ts';

/** `not-certified`: nothing is wrong, but only the signer's word stands for it. */
export interface Check {
  readonly name: string;
  readonly result: 'ok' | 'failed' | 'not-certified';
  readonly detail: string;
}

/** `authentic`: the record is whole and by the trusted signer. `matches`: it records the run that was expected. */
export interface Verdict {
  readonly authentic: boolean;
  readonly matches: boolean;
  readonly signer: string;
  readonly checks: readonly Check[];
  /** Null unless authentic: what is not authentic must not be read. */
  readonly predicate: DbtRunPredicate | null;
}

/** 0: authentic and as expected. 1: not authentic. 3: authentic, but not the run that was expected. (2 is for wrong usage.) */
export function exitCode(verdict: Verdict): 0 | 1 | 3 {
  if (!verdict.authentic) return 1;
  return verdict.matches ? 0 : 3;
}

/** Collects checks in the order they are made. A check is a function that returns a detail, or throws what is wrong. */
export class Checklist {
  readonly checks: Check[] = [];

  /** The value the check gave, or undefined when it failed. */
  async value<T>(
    name: string,
    work: () => T | Promise<T>,
    detail: (value: T) => string,
  ): Promise<T | undefined> {
    try {
      const value = await work();
      this.ok(name, detail(value));
      return value;
    } catch (error) {
      this.failed(name, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  async check(name: string, work: () => string | Promise<string>): Promise<void> {
    await this.value(name, work, (detail) => detail);
  }

  ok(name: string, detail: string): void {
    this.checks.push({ name, result: 'ok', detail: plain(detail) });
  }

  failed(name: string, detail: string): void {
    this.checks.push({ name, result: 'failed', detail: plain(detail) });
  }

  notCertified(name: string, detail: string): void {
    this.checks.push({ name, result: 'not-certified', detail: plain(detail) });
  }

  /** For work that reports its own findings; what it throws is a failure. */
  attempt(name: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.failed(name, error instanceof Error ? error.message : String(error));
    }
  }

  get passed(): boolean {
    return this.checks.every((check) => check.result !== 'failed');
  }
}

/** Throws the text that a check reports. */
export function mustEqual(what: string, expected: unknown, actual: unknown): void {
  if (expected === actual) return;
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}
