import * as v from 'valibot';
import { PassportError } from '../../errors.ts';
import { CLAIM_NAMES, type ClaimName } from '../../identity/claims.ts';
import { RERUN_BY } from '../../identity/given-claims.ts';
import { plain } from '../../untrusted.ts';
import { REASON_CODES, type ReasonCode } from '../decision.ts';
import { parsePolicyDocument } from '../document.ts';
import { closed, INSTANT, listOf, mapping, NAME, text, word } from '../scalars.ts';
import { sourceText } from '../source-text.ts';

/** Cases beside a policy: tokens and the decision that each must get. */
export interface Suite {
  readonly file: string;
  /** The time of the decisions; none: the time of the test. */
  readonly now?: string;
  readonly cases: readonly Case[];
}

export interface Case {
  readonly name: string;
  /** Claims of the base token with those of the case; claims to leave out are left out. */
  readonly claims: ReadonlyMap<ClaimName, string>;
  /** The `environment` input of the caller. */
  readonly environment?: string;
  /** Who pressed "re-run": `LOGIN:ID`, or `unverified`. */
  readonly rerunBy?: string;
  readonly expect: 'allow' | 'deny';
  /** The rule that must allow. */
  readonly rule?: string;
  /** Exactly the codes of the denial, in any order; `NO_RULE` may be left out. */
  readonly reasons?: readonly ReasonCode[];
  /** 1-based, in the file. */
  readonly line: number;
}

const claims = v.pipe(mapping, v.record(v.picklist(CLAIM_NAMES, 'the name of a claim'), v.string('text')));

const caseSchema = closed({
  name: v.pipe(v.string('text'), v.minLength(1, 'a name')),
  claims: v.optional(claims),
  without: v.optional(listOf(v.picklist(CLAIM_NAMES, 'the name of a claim'))),
  environment: v.optional(v.string('text')),
  rerun_by: v.optional(text(RERUN_BY, 'LOGIN:ID of who pressed re-run, or unverified')),
  expect: word(['allow', 'deny']),
  rule: v.optional(NAME),
  reasons: v.optional(listOf(word(REASON_CODES))),
});

const suiteSchema = closed({
  version: v.literal('1', '"1"'),
  now: v.optional(INSTANT),
  base: claims,
  cases: listOf(caseSchema),
});

/**
 * Reads a suite as strictly as a policy.
 * @throws ERR_INPUT_INVALID with `file:line:column` for each fault; with the reason NO_DENYING_CASE for a suite that
 * no policy which allows everything would fail
 */
export function readSuite(bytes: Uint8Array, file: string): Suite {
  const read = sourceText(bytes);
  if ('problem' in read) throw invalid(file, [read.problem]);
  const document = parsePolicyDocument(read.text);
  if ('problems' in document) throw invalid(file, document.problems);
  const result = v.safeParse(suiteSchema, document.value);
  if (!result.success)
    throw invalid(
      file,
      result.issues.map((issue) => problemOf(issue, document.place)),
    );
  const { now, base, cases } = result.output;
  const places = cases.map((_, index) => document.place(['cases', index]));
  const faults = cases.flatMap((written, index) => {
    const message = contradiction(written);
    return message ? [{ message, line: 1, column: 1, ...places[index] }] : [];
  });
  if (faults.length > 0) throw invalid(file, faults);
  if (!cases.some(({ expect }) => expect === 'deny')) throw noDenyingCase(file);
  return {
    file,
    ...(now && { now }),
    cases: cases.map((written, index) => resolveCase(written, base, places[index]?.line ?? 1)),
  };
}

type WrittenCase = v.InferOutput<typeof caseSchema>;

function resolveCase(
  { claims: own, without, ...written }: WrittenCase,
  base: Readonly<Partial<Record<ClaimName, string>>>,
  line: number,
): Case {
  const merged = new Map(Object.entries({ ...base, ...own }) as [ClaimName, string][]);
  for (const claim of without ?? []) merged.delete(claim);
  const { environment, rule, reasons, name, expect, rerun_by: rerunBy } = written;
  return {
    name,
    expect,
    claims: merged,
    line,
    ...(environment !== undefined && { environment }),
    ...(rerunBy !== undefined && { rerunBy }),
    ...(rule && { rule }),
    ...(reasons && { reasons }),
  };
}

function contradiction({ expect, rule, reasons }: WrittenCase): string | undefined {
  if (expect === 'deny' && rule !== undefined) return 'a case that expects deny has no rule that allows it';
  if (expect === 'allow' && reasons !== undefined)
    return 'a case that expects allow has no reasons for a denial';
  return undefined;
}

interface Fault {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

function problemOf(
  issue: v.BaseIssue<unknown>,
  place: (path: readonly string[]) => { line: number; column: number },
): Fault {
  const path = (issue.path ?? []).map((item) => String(item.key));
  const unknown = issue.type === 'never' ? `unknown key ${plain(path.at(-1) ?? '')}` : undefined;
  const missing = issue.input === undefined ? `missing key ${plain(path.at(-1) ?? '')}` : undefined;
  const shown = typeof issue.input === 'string' ? `"${plain(issue.input, 80)}"` : 'something else';
  const message = `${plain(path.join('.')) || 'suite'}: expected ${issue.message}, got ${shown}`;
  return { message: unknown ?? missing ?? message, ...place(path) };
}

function invalid(file: string, faults: readonly Fault[]): PassportError {
  const lines = faults.map(({ message, line, column }) => `${file}:${line}:${column}: ${message}`);
  const [first] = faults;
  return new PassportError('ERR_INPUT_INVALID', lines.join('\n'), {
    hint: 'Correct the suite; docs/policy-commands.md describes what it may hold.',
    place: { file, ...(first && { line: first.line, column: first.column }) },
  });
}

function noDenyingCase(file: string): PassportError {
  return new PassportError('ERR_INPUT_INVALID', `${file}: expected a case with \`expect: deny\`, got none`, {
    reason: 'NO_DENYING_CASE',
    hint: 'A suite without one would pass with a policy that allows everything. Add who must stay out.',
    place: { file, line: 1 },
  });
}
