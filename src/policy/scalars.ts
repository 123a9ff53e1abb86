import * as v from 'valibot';

/** The texts that a policy may hold. Each pattern is closed: what is not named is refused. */

/** Text of one pattern; `expected` completes the sentence "expected …" in messages and editors. */
export function text(pattern: RegExp, expected: string) {
  return v.pipe(v.string(expected), v.regex(pattern, expected), v.description(`Expected ${expected}.`));
}

/** One of a closed list of words. */
export function word<const Words extends readonly [string, ...string[]]>(words: Words) {
  return v.picklist(words, `one of ${words.join(', ')}`);
}

/** A mapping with exactly these keys. */
export function closed<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(mapping, v.objectWithRest(entries, v.never()));
}

/** A mapping from names that the policy's author chooses. */
export function named<const Value extends v.GenericSchema>(value: Value) {
  return v.pipe(mapping, v.record(NAME, value), v.minEntries(1, 'at least one entry'));
}

/** A list with at least one item. */
export function listOf<const Item extends v.GenericSchema>(item: Item) {
  return v.pipe(v.array(item, 'a list'), v.minLength(1, 'at least one item'));
}

/** A value, or `{ one_of: [values] }`. */
export function oneOrMore<const Item extends v.GenericSchema<string>>(item: Item) {
  return v.union([item, closed({ one_of: listOf(item) })]);
}

/** Lists are objects too. */
export const mapping = v.custom<object>(
  (input) => typeof input === 'object' && input !== null && !Array.isArray(input),
  'a mapping',
);

/** Ids of GitHub are digits in text; 20 digits hold any 64-bit number. */
export const ID_EXPECTED = 'an id: digits without a leading zero, in quotes';
export const ID = text(/^[1-9][0-9]{0,19}$/, ID_EXPECTED);
export const NAME = text(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'a name of letters, digits, _ and -');
export const SHA = text(/^[0-9a-f]{40}$/, 'a full commit sha: 40 lower-case hex digits');
export const REPOSITORY = text(
  /^[A-Za-z0-9_-]{1,39}\/[A-Za-z0-9._-]{1,100}$/,
  'owner/name of one repository, without wildcard',
);
/** Up to 255 characters, as GitHub allows; `:` and `%` are refused because `sub` would need escapes. */
export const ENVIRONMENT = text(/^[A-Za-z0-9_][A-Za-z0-9_ ./-]{0,254}$/, 'the exact name of one environment');
export const REF = text(
  /^refs\/(heads|tags)\/[A-Za-z0-9._+=,#@-][A-Za-z0-9._+=,#@/-]{0,230}$/,
  'a full ref such as refs/heads/main',
);
/** At least one literal character after `refs/heads/` or `refs/tags/`, then one or two stars, never adjacent. */
export const REF_GLOB = text(
  /^refs\/(heads|tags)\/[A-Za-z0-9._+=,#-][A-Za-z0-9._+=,#/-]*\*([A-Za-z0-9._+=,#/-]+\*)?[A-Za-z0-9._+=,#/-]*$/,
  'refs/heads/ or refs/tags/, literal text, and one or two single stars, such as refs/tags/v*',
);
export const WORKFLOW_PATH = text(
  /^[A-Za-z0-9_-]{1,39}\/[A-Za-z0-9._-]{1,100}\/\.github\/workflows\/[A-Za-z0-9._-]{1,100}\.ya?ml$/,
  'owner/name/.github/workflows/file.yml, without @ref',
);
export const AUDIENCE = text(
  /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,254}$/,
  'an audience of letters, digits and . _ : / -',
);
/** The loader then asks whether the issuer is one of GitHub's; http is for tests on the loopback address only. */
export const ISSUER = text(
  /^(https:\/\/[a-z0-9.-]+|http:\/\/127\.0\.0\.1:[0-9]{1,5})(\/[A-Za-z0-9._-]+)*$/,
  'an https issuer in lower case, without port, query or trailing slash',
);
export const INSTANT = text(
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/,
  'an instant in UTC such as 2027-02-01T00:00:00Z',
);
export const DATE = text(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, 'a day such as 2026-11-22');
/** What a person answers for in review; it goes into the record. */
export const SENTENCE = text(/^[\x21-\x7e][\x20-\x7e]{7,199}$/, 'a reason in 8 to 200 characters');
export const DAYS = text(/^[1-9][0-9]{0,3}$/, 'days from 1 to 9999');
export const SELECTOR = text(
  /^(tag|package|schema|database|group):[A-Za-z0-9_.-]+$|^access:(public|protected|private)$|^path:(?!.*\.\.)[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/,
  'tag:, path:, package:, schema:, database:, group: or access: with one literal value (no +, @, * or state:)',
);
export const BOOLEAN = word(['true', 'false']);

/** What every grant says of itself, whatever its kind. */
const TERMS = { tier: v.optional(word(['prod', 'nonprod'])), access: v.optional(word(['read', 'write'])) };

/** A mapping with exactly these keys and those of every grant; `kind` tells the grants apart. */
export function kindOf<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.objectWithRest({ ...TERMS, ...entries }, v.never());
}

export const SCHEMA = text(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'a name of letters, digits and _');
export const THREADS = text(/^[1-9][0-9]?$/, 'a number from 1 to 99');
export const HOST = text(/^[a-z0-9][a-z0-9.-]{0,253}$/, 'a host name in lower case');
export const PORT = text(/^[1-9][0-9]{0,4}$/, 'a port');
