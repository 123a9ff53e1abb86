import { readable, type TrustClause } from './model.ts';
import type { Way } from './principals.ts';

/**
 * The check that Kong's jwt plugin lacks, as Lua for its pre-function: what a token says, not whether it is genuine.
 * It reads the same header, so a request passes with one token that pleases both. A token that is not text of
 * the listed values in every claim of one way is refused. Needs `cjson.safe` in untrusted_lua_sandbox_requires before
 * Kong 3.10; without it every request ends with 500.
 * Sources: Kong, "Pre-function" and "JWT" plugins; RFC 7515, section 3.1; RFC 4648, section 5.
 */
export function claimsFunction(ways: readonly Way[]): string {
  const tables = [...new Set(ways.map(({ checked }) => wayTable(checked)))];
  return `${[...HEAD, ...tables, ...TAIL].join('\n')}\n`;
}

const HEAD = [
  'local json = require "cjson.safe"',
  '-- Every claim of one entry must hold. only: one of these values. pattern: so, and none of not_in.',
  'local ways = {',
];

const TAIL = `}

local function claims_of(header)
  if type(header) ~= "string" then return nil end
  local payload = header:match("^Bearer [%w_-]+%.([%w_-]+)%.[%w_-]+$")
  if not payload then return nil end
  payload = payload:gsub("%-", "+"):gsub("_", "/") .. ("="):rep(-#payload % 4)
  local claims = json.decode(ngx.decode_base64(payload) or "")
  return type(claims) == "table" and claims or nil
end

local function holds(claims, want)
  local value = claims[want.claim]
  if type(value) ~= "string" then return false end
  if want.only then return want.only[value] == true end
  return value:find(want.pattern) ~= nil and not (want.not_in and want.not_in[value])
end

local function taken(claims, way)
  for _, want in ipairs(way) do
    if not holds(claims, want) then return false end
  end
  return true
end

return function()
  local claims = claims_of(kong.request.get_headers()["authorization"])
  if not claims then return kong.response.exit(401, { message = "Unauthorized" }) end
  for _, way in ipairs(ways) do
    if taken(claims, way) then return end
  end
  return kong.response.exit(403, { message = "The policy does not allow this token" })
end`.split('\n');

function wayTable(checked: readonly TrustClause[]): string {
  return ['  {', ...checked.map((clause) => `    { ${wanted(clause)} },`), '  },'].join('\n');
}

/** Only what capability.ts lets through comes here; anything else would be a check that is not made. */
function wanted(clause: TrustClause): string {
  const claim = `claim = ${luaText(clause.claim)}`;
  if (clause.kind === 'values') return `${claim}, only = ${luaSet(clause.values)}`;
  if (clause.kind === 'except') {
    // The classes of both patterns are the same in Lua.
    return `${claim}, pattern = ${luaText(readable(clause.claim).source)}, not_in = ${luaSet(clause.values)}`;
  }
  if (clause.kind === 'pattern') return `${claim}, pattern = ${luaText(luaPattern(clause.pattern))}`;
  throw new Error(`Kong has no check for ${clause.kind}`);
}

/** What glob.ts takes: a star is a run of its characters, and begins with no dot where a part of the path begins. */
function luaPattern(glob: string): string {
  const literals = glob.split('*');
  const star = (before: string) =>
    before.endsWith('/') ? '[A-Za-z0-9_%-][A-Za-z0-9._%-]*' : '[A-Za-z0-9._%-]+';
  const parts = literals.map((literal, at) => {
    const written = literal.replace(/[^A-Za-z0-9]/g, '%$&');
    return at === 0 ? written : `${star(literals[at - 1] ?? '')}${written}`;
  });
  return `^${parts.join('')}$`;
}

function luaSet(values: readonly string[]): string {
  return `{ ${values.map((value) => `[${luaText(value)}] = true`).join(', ')} }`;
}

/** A text of Lua 5.1: bytes of UTF-8, as three decimal digits where they are not harmless. */
function luaText(value: string): string {
  const bytes = [...new TextEncoder().encode(value)];
  const written = bytes.map((byte) => {
    const character = String.fromCharCode(byte);
    return HARMLESS.test(character) ? character : `\\${String(byte).padStart(3, '0')}`;
  });
  return `"${written.join('')}"`;
}

/** Printable ASCII but the quote and the backslash. */
const HARMLESS = /[ !#-[\]-~]/;
