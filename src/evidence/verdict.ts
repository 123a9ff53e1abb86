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

/** Of several: one that is not authentic is worse than one of another run. */
export function worstExit(verdicts: readonly Verdict[]): 0 | 1 | 3 {
  const codes = verdicts.map(exitCode);
  return codes.includes(1) ? 1 : codes.includes(3) ? 3 : 0;
}

/** Collects checks in the order they are made. A check is a function that returns a detail, or throws what is wrong. */
export class Checklist {
  readonly checks: Check[] = [];

  check(name: string, work: () => string): void {
    this.value(name, work, (detail) => detail);
  }

  async checkAsync(name: string, work: () => Promise<string>): Promise<void> {
    await work().then(
      (detail) => this.ok(name, detail),
      (error) => this.failed(name, messageOf(error)),
    );
  }

  /** The value that the work gave, or undefined when it failed. */
  value<T>(name: string, work: () => T, detail: (value: T) => string): T | undefined {
    try {
      const value = work();
      this.ok(name, detail(value));
      return value;
    } catch (error) {
      this.failed(name, messageOf(error));
      return undefined;
    }
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

  get passed(): boolean {
    return this.checks.every((check) => check.result !== 'failed');
  }
}

/** Throws the text that a check reports. */
export function mustEqual(what: string, expected: unknown, actual: unknown): void {
  if (expected === actual) return;
  throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
