import { Document, Scalar, visit } from 'yaml';
import { valuesOf } from './clauses.ts';
import { claimsFunction } from './kong-function.ts';
import { NO_KEY, NO_UPSTREAM, serviceName } from './kong-names.ts';
import type { PublicKey } from './kong-options.ts';
import { kongProblems } from './kong-problems.ts';
import type { Principal } from './principals.ts';
import { unseen } from './quoting.ts';
import type { RenderRequest, Written } from './rendered.ts';

/** Everything of the file has it, so that `deck gateway sync --select-tag dbt-passport` touches nothing else. */
const TAG = 'dbt-passport';
/** Nobody but Kong tells the upstream who calls. What the jwt and acl plugins set themselves, they also clear. */
const STRIPPED = [
  'Authorization',
  'X-Authenticated-Userid',
  'X-Authenticated-Scope',
  'X-Userinfo',
  'X-Id-Token',
  'X-Access-Token',
];

/**
 * Declarative configuration for Kong Gateway 3: for each repository and environment a service, a route that takes its
 * POST, and a consumer that a genuine token of it becomes. Plugins run as function, jwt, acl, rate limit,
 * transformer. Sources: Kong, "Declarative configuration" and the pages of these plugins; checked by decK's reader.
 */
export function renderKong(request: RenderRequest): Written {
  const { options } = request;
  const closed = request.principals
    .map(({ name, ways }) => ({
      name,
      ways: ways.filter(({ checked }) => valuesOf(checked, 'sub').length > 0),
    }))
    .filter(({ ways }) => ways.length > 0);
  const bind = options.bind ?? 'sub';
  const content = {
    _format_version: '3.0',
    services: closed.map((principal) => service(principal, options.upstream ?? NO_UPSTREAM, bind)),
    consumers:
      bind === 'kid'
        ? [keyHolder(options.keys ?? [])]
        : closed.map((principal) => consumer(principal, options.keys ?? [])),
  };
  return { files: [{ name: 'kong.yaml', text: yamlText(content) }], problems: kongProblems(request) };
}

function service(principal: Principal, url: string, bind: 'sub' | 'kid'): object {
  const name = serviceName(principal);
  return {
    name,
    url,
    tags: [TAG],
    routes: [
      {
        name,
        paths: [`/dbt/${name}`],
        methods: ['POST'],
        protocols: ['https'],
        strip_path: false,
        tags: [TAG],
      },
    ],
    plugins: [
      plugin('pre-function', { access: [claimsFunction(principal.ways)] }),
      plugin('jwt', {
        key_claim_name: bind,
        claims_to_verify: ['exp', 'nbf'],
        maximum_expiration: 900,
        header_names: ['authorization'],
        uri_param_names: [],
        cookie_names: [],
      }),
      plugin('acl', { allow: [bind === 'kid' ? TAG : name], hide_groups_header: true }),
      plugin('rate-limiting', {
        minute: 10,
        policy: 'local',
        limit_by: bind === 'kid' ? 'service' : 'consumer',
      }),
      plugin('correlation-id', { header_name: 'X-Correlation-ID', generator: 'uuid', echo_downstream: true }),
      plugin('request-transformer', { remove: { headers: STRIPPED } }),
    ],
  };
}

function plugin(name: string, config: object): object {
  return { name, config, tags: [TAG] };
}

function consumer(principal: Principal, keys: readonly PublicKey[]): object {
  const subjects = [...new Set(principal.ways.flatMap(({ checked }) => valuesOf(checked, 'sub')))];
  const [username] = principal.ways.map(({ rule }) => `${rule.repository.name} ${rule.environment.name}`);
  return {
    username,
    custom_id: principal.name,
    tags: [TAG],
    acls: [{ group: serviceName(principal), tags: [TAG] }],
    jwt_secrets: subjects.map((key) => credential(key, keys[0]?.pem ?? NO_KEY)),
  };
}

function keyHolder(keys: readonly PublicKey[]): object {
  return {
    username: 'github-actions',
    tags: [TAG],
    acls: [{ group: TAG, tags: [TAG] }],
    jwt_secrets: keys.map(({ kid, pem }) => credential(kid, pem)),
  };
}

/** decK asks for a secret, which Kong does not look at where the algorithm is RS256. */
function credential(key: string, pem: string): object {
  const secret = 'not used with RS256';
  return { key, algorithm: 'RS256', rsa_public_key: pem, secret, tags: [TAG] };
}

/** Every text in double quotes, but those of several lines, which are ASCII and stand as they are. */
function yamlText(content: object): string {
  const document = new Document(content);
  visit(document, {
    Scalar: (key, node) => {
      if (key === 'key') return;
      const block = /^[\n -~]+\n$/.test(String(node.value));
      node.type = block ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ doubleQuotedAsJSON: true }).split('\n').map(unseen).join('\n');
}
