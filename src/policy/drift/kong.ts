import * as v from 'valibot';
import { parseDocument } from 'yaml';
import { plain } from '../../untrusted.ts';
import { serviceName } from '../trust/kong-names.ts';
import { type Box, meetBoxes, present } from './box.ts';
import type { Deployed, DeployedFile, Reader } from './deployed.ts';
import { readEach, shaped, Unreadable } from './foreign.ts';
import { functionBoxes } from './kong-function.ts';
import { values } from './text-set.ts';
import { Unclear } from './unclear.ts';

const TEXTS = v.nullish(v.array(v.string()));
const PLUGIN = v.looseObject({
  name: v.string(),
  enabled: v.optional(v.boolean(), true),
  config: v.optional(v.record(v.string(), v.unknown()), {}),
});
const PLUGINS = v.optional(v.array(PLUGIN), []);
const SERVICE = v.looseObject({
  name: v.string(),
  plugins: PLUGINS,
  routes: v.optional(v.array(v.looseObject({ plugins: PLUGINS })), []),
});
const CONSUMER = v.looseObject({
  acls: v.optional(v.array(v.looseObject({ group: v.string() })), []),
  jwt_secrets: v.optional(
    v.array(v.looseObject({ key: v.string(), algorithm: v.optional(v.string(), 'HS256') })),
    [],
  ),
});
const DUMP = v.looseObject({
  services: v.optional(v.array(SERVICE), []),
  consumers: v.optional(v.array(CONSUMER), []),
});
type Plugin = v.InferOutput<typeof PLUGIN>;
type Dump = v.InferOutput<typeof DUMP>;

/**
 * Services as `deck gateway dump` writes them. A token must please the pre-function, and the jwt plugin must find a
 * consumer by it that the acl plugin lets in. Source: Kong, pages of these plugins.
 */
export const readKong: Reader = (files, { principals }) => {
  const names = new Map(principals.map((principal) => [serviceName(principal), principal.name]));
  const { read, faults } = readEach(files, (file): readonly Deployed[] => {
    const dump = shaped(DUMP, yamlOf(file), 'the output of deck gateway dump');
    return dump.services
      .filter(({ name, plugins }) => names.has(name) || plugins.some((plugin) => plugin.name === 'jwt'))
      .map((service) => {
        const base = { principal: names.get(service.name) ?? service.name, files: [file.name] };
        try {
          if (service.routes.some(({ plugins }) => plugins.length > 0))
            throw new Unclear('a route has plugins of its own');
          return { ...base, boxes: serviceBoxes(service.plugins, dump), unclear: [] };
        } catch (cause) {
          if (!(cause instanceof Unclear)) throw cause;
          return { ...base, boxes: [], unclear: [plain(cause.message)] };
        }
      });
  });
  return { deployed: read, faults };
};

function serviceBoxes(plugins: readonly Plugin[], dump: Dump): readonly Box[] {
  const jwt = pluginOf(plugins, 'jwt');
  if (jwt === undefined) throw new Unclear('there is no jwt plugin, so nobody checks who calls');
  if (jwt.config['anonymous']) throw new Unclear('the jwt plugin lets in callers without a token');
  const found = credentials(pluginOf(plugins, 'acl'), dump);
  const by = jwt.config['key_claim_name'];
  if (by !== 'sub' && by !== 'kid') throw new Unclear(`key_claim_name is ${plain(String(by))}`);
  if (found.some(({ algorithm }) => algorithm !== 'RS256')) throw new Unclear('a credential is not of RS256');
  const named: Box =
    by === 'sub' ? new Map([['sub', present(values(...found.map(({ key }) => key)))]]) : new Map();
  return found.length === 0 ? [] : taken(plugins).map((box) => meetBoxes(box, named));
}

/** The credentials of consumers in a group that the plugin allows; of all, where there is none. */
function credentials(
  acl: Plugin | undefined,
  { consumers }: Dump,
): readonly { key: string; algorithm: string }[] {
  if (acl === undefined) return consumers.flatMap(({ jwt_secrets: own }) => own);
  if (shaped(TEXTS, acl.config['deny'], 'groups')?.length) throw new Unclear('the acl plugin denies groups');
  const allowed = shaped(TEXTS, acl.config['allow'], 'groups') ?? [];
  return consumers
    .filter(({ acls }) => acls.some(({ group }) => allowed.includes(group)))
    .flatMap(({ jwt_secrets: own }) => own);
}

const PHASES = ['certificate', 'rewrite', 'header_filter', 'body_filter', 'log', 'ws_handshake'];

function taken(plugins: readonly Plugin[]): readonly Box[] {
  const own = pluginOf(plugins, 'pre-function');
  if (own === undefined) return [new Map()];
  const others = PHASES.flatMap((phase) => shaped(TEXTS, own.config[phase], 'functions') ?? []);
  const [lua, ...more] = shaped(TEXTS, own.config['access'], 'functions') ?? [];
  if (others.length + more.length > 0) throw new Unclear('there are other functions too');
  return lua === undefined ? [new Map()] : functionBoxes(lua);
}

function pluginOf(plugins: readonly Plugin[], name: string): Plugin | undefined {
  const found = plugins.filter((plugin) => plugin.name === name && plugin.enabled);
  if (found.length > 1) throw new Unclear(`there are several plugins ${name}`);
  return found[0];
}

/** YAML in which no key is there twice, and whose aliases do not multiply. */
function yamlOf({ text }: DeployedFile): unknown {
  if (text.length > 4_000_000)
    throw new Unreadable(`expected 4000000 characters at most, got ${text.length}`);
  const document = parseDocument(text, { uniqueKeys: true, merge: false });
  const [error] = document.errors;
  if (error !== undefined)
    throw new Unreadable(`expected YAML, got something else: ${plain(error.message, 200)}`);
  try {
    return document.toJS({ maxAliasCount: 10_000 });
  } catch {
    throw new Unreadable('expected YAML with fewer aliases');
  }
}
