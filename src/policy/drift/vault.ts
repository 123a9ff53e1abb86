import * as v from 'valibot';
import { plain } from '../../untrusted.ts';
import type { Principal } from '../trust/principals.ts';
import { type Box, type ClaimSet, meet, present } from './box.ts';
import type { Deployed, DeployedFile, Reader } from './deployed.ts';
import { principalOfFile } from './file-name.ts';
import { jsonOf, readEach, shaped } from './foreign.ts';
import { LONGEST, type TextSet, values, wildcard } from './text-set.ts';

const CONFIG = v.looseObject({
  bound_issuer: v.optional(v.string(), ''),
  oidc_discovery_url: v.optional(v.string(), ''),
  jwks_url: v.optional(v.string(), ''),
  jwks_pairs: v.nullish(v.array(v.unknown())),
  jwt_validation_pubkeys: v.nullish(v.array(v.string())),
});
const ROLE = v.looseObject({
  role_type: v.string(),
  bound_audiences: v.nullish(v.pipe(v.array(v.string()), v.maxLength(LONGEST))),
  bound_subject: v.optional(v.string(), ''),
  bound_claims: v.nullish(v.record(v.string(), v.unknown())),
  bound_claims_type: v.optional(v.string(), 'string'),
  token_explicit_max_ttl: v.optional(v.number(), 0),
});
const FILE = v.looseObject({ data: v.looseObject({}) });
const BOUND = ['bound_audiences', 'bound_subject', 'bound_claims', 'bound_claims_type'];

type Role = v.InferOutput<typeof ROLE>;
type Config = v.InferOutput<typeof CONFIG>;
type Part = { readonly config: Config } | { readonly role: Role; readonly file: DeployedFile };

/**
 * Roles and the configuration of a jwt auth method, as `vault read -format=json` prints them. The file of a role is
 * named for the role. Source: Vault, "JWT/OIDC auth method (API)"; missing claims are refused, lists are any-of.
 */
export const readVault: Reader = (files, { policy, principals }) => {
  const { read, faults } = readEach(files, (file): readonly Part[] => {
    const { data } = shaped(FILE, jsonOf(file), 'the output of vault read');
    if ('role_type' in data) return [{ role: shaped(ROLE, data, 'a role of a jwt auth method'), file }];
    if ('bound_issuer' in data)
      return [{ config: shaped(CONFIG, data, 'the configuration of a jwt auth method') }];
    return [{ role: shaped(ROLE, data, 'a role of a jwt auth method'), file }];
  });
  const configs = read.flatMap((part) => ('config' in part ? [part.config] : []));
  const issuer = issuerOf(configs, policy.issuer);
  const named = readEach(
    read.flatMap((part) => ('role' in part ? [part.file] : [])),
    (file) =>
      read.flatMap((part) =>
        'role' in part && part.file === file
          ? [roleOf(part.role, file, issuer, roleName(file.name, principals))]
          : [],
      ),
  );
  return { deployed: named.read, faults: [...faults, ...named.faults] };
};

/** The roles of one rule are numbered from the second on. */
function roleName(name: string, principals: readonly Principal[]): string {
  const whole = principalOfFile(name, principals);
  const rule = whole.replace(/\.[2-9]$/, '');
  const known = (text: string) => principals.some((each) => each.name === text);
  return !known(whole) && known(rule) ? rule : whole;
}

interface Issuer {
  readonly set?: ClaimSet;
  readonly unclear: readonly string[];
}

/** Whose tokens the auth method takes: `iss` is compared only if the configuration binds it. */
function issuerOf([config, ...more]: readonly Config[], issuer: string): Issuer {
  if (config === undefined)
    return {
      unclear: ['the issuer is not in a role: add the file of `vault read -format=json auth/jwt/config`'],
    };
  if (more.length > 0)
    return { unclear: ['there are configurations of several auth methods: compare one at a time'] };
  const own = (url: string) => url === issuer || url.startsWith(`${issuer}/`);
  const urls = [config.oidc_discovery_url, config.jwks_url].filter((url) => url !== '');
  const keys = [...(config.jwt_validation_pubkeys ?? []), ...(config.jwks_pairs ?? [])];
  const foreign = keys.length > 0 || urls.length === 0 || !urls.every(own);
  return {
    ...(config.bound_issuer !== '' && { set: present(values(config.bound_issuer)) }),
    unclear: foreign ? ['the auth method takes keys that are not those of the issuer of the policy'] : [],
  };
}

function roleOf(role: Role, file: DeployedFile, issuer: Issuer, principal: string): Deployed {
  const odd = Object.entries(role)
    .filter(([key, value]) => key.includes('bound_') && !BOUND.includes(key) && !isBlank(value))
    .map(([key]) => `${plain(key)} is set`);
  const box = new Map<string, ClaimSet>();
  const add = (claim: string, set: ClaimSet) =>
    box.set(claim, box.has(claim) ? meet(box.get(claim) ?? set, set) : set);
  if (issuer.set !== undefined) add('iss', issuer.set);
  if (role.bound_audiences?.length) add('aud', present(values(...role.bound_audiences)));
  if (role.bound_subject !== '') add('sub', present(values(role.bound_subject)));
  const claims = Object.entries(role.bound_claims ?? {}).map(([claim, wanted]) => ({
    claim,
    set: claimSet(claim, wanted, role.bound_claims_type),
  }));
  for (const { claim, set } of claims) if (set !== undefined) add(claim, present(set));
  const unread = claims
    .filter(({ set }) => set === undefined)
    .map(({ claim }) => `bound_claims.${plain(claim)} is not understood`);
  const type = role.role_type === 'jwt' ? [] : [`role_type is ${plain(role.role_type)}, not jwt`];
  const unclear = [...issuer.unclear, ...type, ...odd, ...unread];
  const boxes: readonly Box[] = unread.length + type.length > 0 ? [] : [box];
  // 0: Vault gives it no end of its own.
  const longest = role.token_explicit_max_ttl || Number.POSITIVE_INFINITY;
  return { principal, files: [file.name], boxes, unclear, longest };
}

/** Texts that a claim may be; undefined for what is neither text nor a list of texts, and for a path into a claim. */
function claimSet(claim: string, wanted: unknown, type: string): TextSet | undefined {
  const list = Array.isArray(wanted) ? wanted : [wanted];
  if (claim.startsWith('/') || list.length > LONGEST || !list.every(isShort)) return undefined;
  if (type === 'string') return values(...list);
  return type === 'glob' ? { kind: 'any-of', sets: list.map((each) => wildcard(each, false)) } : undefined;
}

function isShort(text: unknown): text is string {
  return typeof text === 'string' && text.length <= LONGEST;
}

function isBlank(value: unknown): boolean {
  return value === null || value === '' || value === false || (Array.isArray(value) && value.length === 0);
}
