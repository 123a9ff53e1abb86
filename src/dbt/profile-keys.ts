import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument } from 'yaml';

/** A long-lived credential that is written out in a profiles.yml. */
export interface ProfileKey {
  /** e.g. `shop.outputs.prod.password` */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
}

/**
 * Keys of dbt's adapters whose value is a credential, or the path of a file that holds one.
 * Source: docs.getdbt.com, connection profiles; credentials.py of the adapters.
 */
const CREDENTIAL_KEYS =
  /^(pass|passwd|password|token|refresh_token|(motherduck|md|personal_access)_token|keyfile|keyfile_json|private_key(_path|_passphrase)?|((aws|s3|azure|oauth|gcs)_)?(client_secret|secret_access_key|access_key_id|session_token)|(aws_)?access_key|secret|secret_key|key_id|api_key|sslkey|impersonation_key|connection_string)$/i;

/** DuckDB takes the token of MotherDuck as a part of a path. */
const HAS_TOKEN = /[?&](motherduck_)?token=[^&{]/i;

/** Nesting that dbt's own profiles never reach. */
const DEPTH = 16;

/** The keys that hold a credential as it is, not by env_var(); null for text that is no YAML. */
export function findProfileKeys(text: string): readonly ProfileKey[] | null {
  const counter = new LineCounter();
  try {
    const document = parseDocument(text, { schema: 'failsafe', prettyErrors: false, lineCounter: counter });
    if (document.errors.length > 0) return null;
    return pairsIn(document.contents, document)
      .filter(({ key, pair: { value } }) =>
        CREDENTIAL_KEYS.test(key)
          ? isLiteral(value, document)
          : isScalar(value) && HAS_TOKEN.test(`${value.value}`),
      )
      .map(({ path, pair }) => ({ path, line: Math.max(counter.linePos(start(pair)).line, 1) }));
  } catch {
    return null;
  }
}

interface PlacedPair {
  readonly path: string;
  readonly key: string;
  readonly pair: Pair;
}

/** Every pair of every mapping; what is inside a credential is not looked into. */
function pairsIn(node: unknown, document: Document, path = '', depth = 1): readonly PlacedPair[] {
  if (depth > DEPTH) return [];
  if (isSeq(node))
    return node.items.flatMap((item, index) => pairsIn(item, document, `${path}[${index}]`, depth + 1));
  if (!isMap(node)) return [];
  return node.items.flatMap((pair) => {
    const key = keyOf(pair, document);
    const at = path === '' ? key : `${path}.${key}`;
    const inner = CREDENTIAL_KEYS.test(key) ? [] : pairsIn(pair.value, document, at, depth + 1);
    return [{ path: at, key, pair }, ...inner];
  });
}

function keyOf({ key }: Pair, document: Document): string {
  const named = isAlias(key) ? key.resolve(document) : key;
  return isScalar(named) && typeof named.value === 'string' ? named.value : '?';
}

function start({ key }: Pair): number {
  return isScalar(key) || isAlias(key) ? (key.range?.[0] ?? 0) : 0;
}

/** A mapping such as keyfile_json is literal when one of its values is. */
function isLiteral(node: unknown, document: Document): boolean {
  if (isAlias(node)) return isLiteral(node.resolve(document), document);
  if (isMap(node)) return node.items.some(({ value }) => isLiteral(value, document));
  if (isSeq(node)) return node.items.some((item) => isLiteral(item, document));
  if (!isScalar(node)) return node != null;
  return typeof node.value === 'string' && isLiteralText(node.value);
}

/** `{{ env_var('X') }}` is none, with filters such as `| trim` too, but the default in `{{ env_var('X', 'hunter2') }}` is. */
function isLiteralText(value: string): boolean {
  const template =
    /^\{\{\s*env_var\(\s*(?:'[^']*'|"[^"]*")\s*(?:,\s*(?:'([^']*)'|"([^"]*)")\s*)?\)(?:\s*\|\s*\w+)*\s*\}\}$/.exec(
      value.trim(),
    );
  if (template !== null) return (template[1] ?? template[2] ?? '') !== '';
  return value.trim() !== '';
}
