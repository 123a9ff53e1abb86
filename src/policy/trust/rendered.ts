import type { Policy } from '../policy.ts';
import type { TrustOptions } from './capability.ts';
import type { KeycloakOptions } from './keycloak-options.ts';
import type { KongOptions } from './kong-options.ts';
import type { Target } from './model.ts';
import type { Principal } from './principals.ts';

type RenderForm = 'native' | 'terraform';

export interface RenderOptions extends TrustOptions, KeycloakOptions, KongOptions {
  /** What the target itself takes, or Terraform; the latter for aws, gcp and snowflake. */
  readonly form?: RenderForm;
}

/** What a renderer is given: the policy, and what of it is asked for. */
export interface RenderRequest {
  readonly policy: Policy;
  readonly principals: readonly Principal[];
  /** Everything that the target hands out, asked for or not: one thing may be shared by several principals. */
  readonly all: readonly Principal[];
  readonly options: RenderOptions;
}

/** One file, to be put where its name says and then run or applied by a person. */
export interface TrustFile {
  readonly name: string;
  readonly text: string;
}

/** `error`: the target refuses the trust, or it is not the policy's. `note`: a person should know. */
export interface TrustProblem {
  readonly level: 'error' | 'note';
  readonly target: Target;
  /** 1-based line in the policy file. */
  readonly line: number;
  readonly message: string;
}

/** Something that the policy asks for and the target does not check. */
export interface UncheckedRow {
  readonly claim: string;
  readonly why: string;
  /** What holds it instead. */
  readonly instead: string;
  /** Rules that ask for it. */
  readonly rules: readonly string[];
}

export interface Written {
  readonly files: readonly TrustFile[];
  readonly problems: readonly TrustProblem[];
}

export interface Rendered extends Written {
  readonly target: Target;
  readonly form: RenderForm;
  readonly unchecked: readonly UncheckedRow[];
}

export type Renderer = (request: RenderRequest) => Written;
