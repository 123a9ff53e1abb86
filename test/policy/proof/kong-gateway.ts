import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** LuaJIT, which Kong runs functions with, or what is nearest to it on this machine. */
export const LUA = ['luajit', 'lua5.1'].find(
  (program) => spawnSync(program, ['-e', 'require "cjson.safe"'], { stdio: 'ignore' }).status === 0,
);
const HARNESS = join(import.meta.dirname, '..', 'trust', 'kong-function.lua');

interface Configuration {
  readonly services: readonly { readonly name: string; readonly plugins: readonly Plugin[] }[];
  readonly consumers: readonly {
    readonly acls: readonly { readonly group: string }[];
    readonly jwt_secrets: readonly { readonly key: string; readonly algorithm: string }[];
  }[];
}

interface Plugin {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Whether requests with these claims pass a service. Sources: Kong, "Pre-function", "JWT" and "ACL" plugins: the function runs and
 * does not answer by itself; the jwt plugin finds a credential by `key_claim_name` in the claims, or in the header for
 * `kid`; the consumer is in an allowed group. The signature is taken for genuine, and `kid` for known.
 */
export function passes(
  configuration: unknown,
  name: string,
  tokens: readonly ReadonlyMap<string, unknown>[],
): readonly boolean[] {
  const { services, consumers } = configuration as Configuration;
  const service = services.find((one) => one.name === name);
  if (service === undefined) return tokens.map(() => false);
  const config = (plugin: string) => {
    const found = service.plugins.filter((one) => one.name === plugin);
    if (found.length !== 1) throw new Error(`${found.length} plugins ${plugin}`);
    return found[0]?.config ?? {};
  };
  const [code = ''] = config('pre-function')['access'] as readonly string[];
  const ran = functionPasses(code, tokens);
  const claim = config('jwt')['key_claim_name'];
  const allowed = config('acl')['allow'] as readonly string[];
  return tokens.map((token, at) => {
    const key = claim === 'kid' ? 'k1' : token.get(String(claim));
    const holder = consumers.find(({ jwt_secrets: keys }) =>
      keys.some((one) => one.key === key && one.algorithm === 'RS256'),
    );
    return (
      ran[at] === true && holder !== undefined && holder.acls.some(({ group }) => allowed.includes(group))
    );
  });
}

function functionPasses(code: string, tokens: readonly ReadonlyMap<string, unknown>[]): readonly boolean[] {
  if (LUA === undefined) throw new Error('no Lua on this machine');
  const folder = mkdtempSync(join(tmpdir(), 'kong-'));
  try {
    writeFileSync(join(folder, 'access.lua'), code);
    const input = tokens.map((token) => `Bearer e30.${segment(token)}.c2ln\n`).join('');
    const options = { input, maxBuffer: 1e8 };
    const said = execFileSync(LUA, [HARNESS, join(folder, 'access.lua')], options)
      .toString()
      .trimEnd()
      .split('\n');
    const odd = said.find((answer) => !['passed', '401', '403'].includes(answer));
    if (odd !== undefined) throw new Error(odd);
    return said.map((answer) => answer === 'passed');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function segment(token: ReadonlyMap<string, unknown>): string {
  return Buffer.from(JSON.stringify(Object.fromEntries(token))).toString('base64url');
}
