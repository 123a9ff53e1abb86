/** The stages of a run, in order. Each error names the one it stopped. */
export const STAGES = [
  'inputs',
  'policy',
  'token',
  'identity',
  'authorize',
  'checkout',
  'plan',
  'credentials',
  'dbt',
  'lineage',
  'evidence',
  'sign',
  'upload',
  'verify',
] as const;
export type Stage = (typeof STAGES)[number];

/**
 * Every way a run can be refused or fail. Closed: a code is never made up at run time, and each has
 * an anchor of the same name (lower case, `-` for `_`) in docs/troubleshooting.md.
 */
export const ERROR_CODES = {
  ERR_INPUT_INVALID: 'inputs',
  ERR_PLATFORM_UNSUPPORTED: 'inputs',
  ERR_ENVIRONMENT_UNSAFE: 'inputs',
  ERR_POLICY_UNAVAILABLE: 'policy',
  ERR_POLICY_INVALID: 'policy',
  ERR_POLICY_UNTRUSTED: 'policy',
  ERR_ID_TOKEN_UNAVAILABLE: 'token',
  ERR_TOKEN_INVALID: 'identity',
  ERR_TOKEN_EXPIRED: 'identity',
  ERR_JWKS_UNAVAILABLE: 'identity',
  ERR_CONTEXT_MISMATCH: 'identity',
  ERR_POLICY_DENIED: 'authorize',
  ERR_CHECKOUT_DIFFERS: 'checkout',
  ERR_CHECKOUT_UNKNOWN: 'checkout',
  ERR_DBT_UNAVAILABLE: 'plan',
  ERR_DBT_COMMAND_INVALID: 'plan',
  ERR_DBT_PLAN_FAILED: 'plan',
  ERR_DBT_SELECTION_FORBIDDEN: 'plan',
  ERR_STATIC_CREDENTIAL: 'credentials',
  ERR_CREDENTIAL_REFUSED: 'credentials',
  ERR_CREDENTIAL_UNAVAILABLE: 'credentials',
  ERR_CREDENTIAL_MISMATCH: 'credentials',
  ERR_DBT_FAILED: 'dbt',
  ERR_DBT_KILLED: 'dbt',
  ERR_DBT_RUN_MISMATCH: 'dbt',
  ERR_LINEAGE_INCOMPLETE: 'lineage',
  ERR_EVIDENCE_HOLDS_SECRET: 'evidence',
  ERR_ARTIFACT_UNAVAILABLE: 'sign',
  ERR_RECORD_REFUSED: 'sign',
  ERR_SIGN_FAILED: 'sign',
  ERR_UPLOAD_FAILED: 'upload',
  ERR_EVIDENCE_INVALID: 'verify',
  ERR_INTERNAL: 'evidence',
} as const satisfies Record<string, Stage>;
export type ErrorCode = keyof typeof ERROR_CODES;

/** A place a person can open: a file and, where known, a 1-based line and column. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/**
 * A refusal of a cloud or a warehouse, as a table: what its trust needs, what the token says. `statement` is what
 * to change over there, ready to be pasted; it is made from the policy. All text is plain already.
 */
export interface Explanation {
  readonly rows: readonly {
    readonly claim: string;
    readonly needed: string;
    readonly token: string;
    readonly verdict: 'same' | 'differs' | 'not checked';
  }[];
  /** The likely cause in a sentence or two. */
  readonly cause: string;
  readonly statement: string;
}

interface Details {
  /** A finer name from the attack suite or the policy semantics, such as `TOKEN_ALG` or `NO_RULE`. */
  readonly reason?: string;
  /** What to change, and where: a policy line, a workflow key, a trust statement. */
  readonly hint?: string;
  readonly place?: Place;
  readonly explanation?: Explanation;
  readonly cause?: unknown;
}

/**
 * The one error of the product. `message` says what was expected and what came; it and `hint` never
 * hold a token or a secret, and foreign text in them is already made plain (see untrusted.ts).
 */
export class PassportError extends Error {
  override readonly name = 'PassportError';
  readonly code: ErrorCode;
  readonly stage: Stage;
  readonly reason: string | undefined;
  readonly hint: string | undefined;
  readonly place: Place | undefined;
  readonly explanation: Explanation | undefined;

  constructor(code: ErrorCode, message: string, details: Details = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.stage = ERROR_CODES[code];
    this.reason = details.reason;
    this.hint = details.hint;
    this.place = details.place;
    this.explanation = details.explanation;
  }

  /** Where the failure is explained at length, relative to the repository. */
  get docs(): string {
    return `docs/troubleshooting.md#${this.code.toLowerCase().replaceAll('_', '-')}`;
  }
}

/** Any thrown value as a PassportError; what is not one already becomes ERR_INTERNAL with the cause kept. */
export function asPassportError(thrown: unknown): PassportError {
  if (thrown instanceof PassportError) return thrown;
  if (thrown instanceof AggregateError && thrown.errors[0] instanceof PassportError) return thrown.errors[0];
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new PassportError('ERR_INTERNAL', `unexpected failure: ${text}`, {
    hint: 'This is a defect of dbt-passport, not of your workflow; please report it with this message.',
    cause: thrown,
  });
}

/**
 * The place as an annotation of this repository can show it: a policy of this very repository by its path;
 * a file of another repository (`owner/name/path@commit`) has no line here, and its message names it.
 */
export function placeIn(repository: string, place: Place | undefined): Place | undefined {
  const elsewhere = /^[^/]+\/[^/]+\/.+@[0-9a-f]{40}$/.test(place?.file ?? '');
  if (place === undefined || !elsewhere) return place;
  if (!place.file.toLowerCase().startsWith(`${repository.toLowerCase()}/`)) return undefined;
  return { ...place, file: place.file.slice(repository.length + 1, -'@'.length - 40) };
}
