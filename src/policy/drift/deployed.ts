import type { Policy } from '../policy.ts';
import type { TrustOptions } from '../trust/capability.ts';
import type { Principal } from '../trust/principals.ts';
import type { Box } from './box.ts';

/** A file that a command of a cloud has written, as it was read. Foreign. */
export interface DeployedFile {
  /** Path as it was given; some commands do not print whom the file is about, so its name must. */
  readonly name: string;
  readonly text: string;
}

/** What a target holds for one principal. */
export interface Deployed {
  readonly principal: string;
  /** Names of the files that it was read from. */
  readonly files: readonly string[];
  /** Tokens that it takes. */
  readonly boxes: readonly Box[];
  /** What was not understood and may take more tokens, or fewer. */
  readonly unclear: readonly string[];
  /** Seconds that it lets a credential live at most; absent where it does not say. */
  readonly longest?: number;
}

/** What the policy wants the target to hold for one principal. */
export interface Expected {
  readonly principal: string;
  /** 1-based line of its first rule. */
  readonly line: number;
  readonly rules: readonly string[];
  readonly boxes: readonly Box[];
  /** Another system checks GitHub's token, and nothing of it is to be seen here. */
  readonly elsewhere: boolean;
  /** Seconds that a credential may live at most by what is rendered; absent where nothing is. */
  readonly longest?: number;
}

/** A file that cannot be read, or says nothing of a principal. */
export interface Fault {
  readonly file: string;
  readonly message: string;
}

export interface Reading {
  readonly deployed: readonly Deployed[];
  readonly faults: readonly Fault[];
}

/** What a reader may ask of the policy: names that the files leave out. Never what should be there. */
export interface ReadingContext {
  readonly policy: Policy;
  readonly principals: readonly Principal[];
  readonly options: TrustOptions;
}

export type Reader = (files: readonly DeployedFile[], context: ReadingContext) => Reading;
