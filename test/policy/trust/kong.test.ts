import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Policy } from '../../../src/policy/policy.ts';
import { publicKeysOf } from '../../../src/policy/trust/kong-keys.ts';
import type { PublicKey } from '../../../src/policy/trust/kong-options.ts';
import { renderTrust } from '../../../src/policy/trust/render.ts';
import type { RenderOptions } from '../../../src/policy/trust/rendered.ts';
import { newSigningKey } from '../../support/issuer.ts';
import { describeWith, toolPath } from '../../support/tools.ts';
import { FULL, load, SMALLEST } from '../fixture.ts';
import { COPIED } from './render-example.ts';

const KEY: PublicKey = { kid: 'k1', pem: '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n' };
const OPTIONS: RenderOptions = {
  audience: 'kong.acme',
  keys: [KEY],
  upstream: 'http://dbt-runner.internal:8080',
};

const example = (name: string) =>
  readFileSync(new URL(`../../../examples/policies/${name}.yml`, import.meta.url), 'utf8');
const policyOf = async (text: string): Promise<Policy> => (await load(text)).policy;

interface Plugin {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}
interface Configuration {
  readonly services: readonly { readonly name: string; readonly plugins: readonly Plugin[] }[];
  readonly consumers: readonly {
    readonly username: string;
    readonly acls: readonly { readonly group: string }[];
    readonly jwt_secrets: readonly { readonly key: string; readonly rsa_public_key: string }[];
  }[];
}

function kongOf(policy: Policy, options: RenderOptions = OPTIONS) {
  const { files, problems, unchecked } = renderTrust(policy, 'kong', options);
  const text = files[0]?.text ?? '';
  return { text, name: files[0]?.name, content: parse(text) as Configuration, problems, unchecked };
}

function pluginOf({ services }: Configuration, name: string): Plugin['config'] {
  const found = services[0]?.plugins.find((plugin) => plugin.name === name);
  if (found === undefined) throw new Error(`no plugin ${name}`);
  return found.config;
}

describe('the configuration of Kong', () => {
  it.each(COPIED)('is as reviewed for the example %s', async (name) => {
    const { text, problems } = kongOf(await policyOf(example(name)));
    expect(problems.map(({ level }) => level)).toEqual(['note']);
    await expect(text).toMatchFileSnapshot(`golden/kong-${name}.yaml`);
  });

  it('finds a consumer by each subject, in a group that one service takes', async () => {
    const { content } = kongOf(await policyOf(SMALLEST));
    expect(
      content.consumers.flatMap(({ jwt_secrets }) => jwt_secrets.map(({ key }) => key)).toSorted(),
    ).toEqual([
      'repo:octo-org/jaffle-shop:environment:prod',
      'repo:octo-org@123456/jaffle-shop@456789:environment:prod',
    ]);
    expect(pluginOf(content, 'acl')).toMatchObject({
      allow: content.consumers[0]?.acls.map(({ group }) => group),
    });
    expect(pluginOf(content, 'jwt')).toMatchObject({
      key_claim_name: 'sub',
      claims_to_verify: ['exp', 'nbf'],
      uri_param_names: [],
    });
  });

  it('keeps every key under one consumer when it is bound by kid', async () => {
    const keys = [KEY, { ...KEY, kid: 'k2' }];
    const { content, problems } = kongOf(await policyOf(FULL), { ...OPTIONS, keys, bind: 'kid' });
    expect(problems.map(({ level }) => level)).toEqual(['note']);
    expect(content.consumers).toMatchObject([{ jwt_secrets: [{ key: 'k1' }, { key: 'k2' }] }]);
    expect(pluginOf(content, 'jwt')['key_claim_name']).toBe('kid');
    expect(pluginOf(content, 'rate-limiting')['limit_by']).toBe('service');
  });

  it('knows each caller by the key that signed, or by its subject, and nothing else', async () => {
    const both = await policyOf(SMALLEST);
    const held = (group: string, ...given: readonly (readonly [key: string, pem: string])[]) => ({
      tags: ['dbt-passport'],
      acls: [{ group, tags: ['dbt-passport'] }],
      jwt_secrets: given.map(([key, pem]) => ({
        ...{ key, algorithm: 'RS256', rsa_public_key: pem },
        ...{ secret: 'not used with RS256', tags: ['dbt-passport'] },
      })),
    });
    const { content } = kongOf(both);
    expect(content.consumers).toEqual([
      {
        username: 'octo-org/jaffle-shop prod',
        custom_id: '456789/prod',
        ...held(
          'dbt-456789-prod',
          ['repo:octo-org/jaffle-shop:environment:prod', KEY.pem],
          ['repo:octo-org@123456/jaffle-shop@456789:environment:prod', KEY.pem],
        ),
      },
    ]);
    const kid = kongOf(both, { ...OPTIONS, bind: 'kid' }).content;
    expect(kid.consumers).toEqual([{ username: 'github-actions', ...held('dbt-passport', ['k1', KEY.pem]) }]);
    expect(pluginOf(kid, 'acl')).toEqual({ allow: ['dbt-passport'], hide_groups_header: true });
    expect(kongOf(both, { audience: 'kong.acme', bind: 'kid' }).content.consumers).toEqual([
      { username: 'github-actions', ...held('dbt-passport') },
    ]);
  });

  it('has one credential for a subject that two rules share', async () => {
    const tag =
      '  - { id: tag, repository: shop, environment: prod, ref: refs/tags/v1, grants: [warehouse] }\n';
    const { content } = kongOf(await policyOf(SMALLEST + tag));
    expect(content.consumers.map(({ jwt_secrets }) => jwt_secrets.length)).toEqual([2]);
    expect(pluginOf(content, 'pre-function')).toMatchObject({
      access: [expect.stringMatching(/refs\/heads\/main[\s\S]*refs\/tags\/v1/)],
    });
  });

  it('says what is missing, in the file too, where Kong refuses it', async () => {
    const { content, problems } = kongOf(await policyOf(FULL), { audience: 'kong.acme' });
    expect(problems.filter(({ level }) => level === 'error')).toHaveLength(2);
    expect(content.consumers[0]?.jwt_secrets[0]?.rsa_public_key).toMatch(/^no key was given/);
    expect(content.services).toMatchObject([{ url: 'http://no-upstream-was-given.invalid' }]);
    expect(kongOf(await policyOf(FULL)).name).toBe('kong.yaml');
  });

  it('refuses several keys for one subject', async () => {
    const { problems } = kongOf(await policyOf(FULL), { ...OPTIONS, keys: [KEY, { ...KEY, kid: 'k2' }] });
    expect(problems.find(({ level }) => level === 'error')?.message).toContain('the issuer has 2 (k1, k2)');
  });

  it('writes nothing for an open subject, and refuses two environments of one path', async () => {
    const open = FULL.replace('sub_template: immutable', 'sub_template: [repo, context, ref]').replace(
      'ref: refs/heads/main',
      'ref: { glob: refs/heads/release-* }',
    );
    expect(kongOf(await policyOf(open))).toMatchObject({
      content: { services: [], consumers: [] },
      problems: [{ level: 'error', message: expect.stringContaining('rule prod') }, { level: 'note' }],
    });
    const two = `${SMALLEST}  - { id: a, repository: shop, environment: a b, grants: [warehouse], ref: refs/heads/main }\n  - { id: b, repository: shop, environment: a-b, grants: [warehouse], ref: refs/heads/main }\n`;
    const { problems } = kongOf(await policyOf(two));
    expect(problems[0]?.message).toBe('456789/a b and 456789/a-b would both be dbt-456789-a-b');
  });

  it('compares everything that a token can say', async () => {
    const { unchecked } = kongOf(await policyOf(FULL));
    expect(unchecked.map(({ claim }) => claim)).toEqual(['triggering_actor', 'time', 'dbt']);
  });

  it('writes a text on one line, and what cannot be seen as an escape', async () => {
    const policy = await policyOf(SMALLEST);
    const upstream = `http://${'a b '.repeat(50)}\u202e`;
    for (const pem of ['\u2028a\n', 'a\n\u2028', 'é\n', 'a\nb\n']) {
      const { text, content } = kongOf(policy, { ...OPTIONS, upstream, keys: [{ kid: 'k', pem }] });
      expect(content.services).toMatchObject([{ url: upstream }]);
      expect(content.consumers[0]?.jwt_secrets[0]?.rsa_public_key).toBe(pem);
      expect(text).not.toMatch(/[\u2028\u202e]/);
      expect(text).toContain(`url: "http://${'a b '.repeat(50)}\\u202e"`);
      expect(text).toMatch(/minute: 10\n/);
    }
  });

  it('lets no text of the policy leave its quotes', async () => {
    const policy = await policyOf(SMALLEST);
    const [rule] = policy.rules;
    if (rule === undefined) throw new Error('the example has no rule');
    const name = fc.stringMatching(/^[ -9;-~]{1,20}$/);
    const odd = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('"]', '\\', '\n', ']]', '\u2028', '--[[', '\n- x: y\n', "'", '%', '\u202e'),
    );
    fc.assert(
      fc.property(name, odd, odd, (environment, value, pem) => {
        const rules = [{ ...rule, environment: { name: environment }, eventName: [value] }];
        const options = { ...OPTIONS, upstream: value, keys: [{ kid: 'k', pem }] };
        const { content } = kongOf({ ...policy, subTemplate: 'legacy', rules }, options);
        expect(content.services).toMatchObject([{ url: value }]);
        expect(content.consumers).toMatchObject([
          {
            username: `octo-org/jaffle-shop ${environment}`,
            jwt_secrets: [
              { key: `repo:octo-org/jaffle-shop:environment:${environment}`, rsa_public_key: pem },
            ],
          },
        ]);
        const [lua = ''] = pluginOf(content, 'pre-function')['access'] as string[];
        const texts = /claim = "event_name", only = \{ \["((?:[^"\\\n]|\\\d{3})*)"\] = true \}/.exec(lua);
        const bytes = (texts?.[1] ?? '').replace(/\\(\d{3})/g, (_, byte) =>
          String.fromCharCode(Number(byte)),
        );
        expect(Buffer.from(bytes, 'latin1').toString()).toBe(Buffer.from(value).toString());
      }),
      { numRuns: 200 },
    );
  });
});

describe('the keys of a key set', () => {
  it('are written as PEM that OpenSSL reads', async () => {
    const { publicJwk, kid } = await newSigningKey();
    const [key] = await publicKeysOf(JSON.stringify({ keys: [publicJwk, { kty: 'EC', kid: 'other' }] }));
    expect(key?.kid).toBe(kid);
    const text = execFileSync('openssl', ['pkey', '-pubin', '-noout', '-text'], {
      input: key?.pem ?? '',
    }).toString();
    expect(text).toContain('2048 bit');
  });

  it.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['keys that are none', '{"keys":[1]}'],
    ['no RSA key', '{"keys":[{"kty":"EC","kid":"a"}]}'],
    ['a key without kid', '{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}'],
    ['a weak key', '{"keys":[{"kty":"RSA","kid":"a","n":"sXchTFAFCxEWnEkW8HkQ1Q","e":"AQAB"}]}'],
  ])('refuses %s', async (_, text) => {
    await expect(publicKeysOf(text)).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID' });
  });
});

describeWith(['deck'], "decK's reader", () => {
  const validate = (text: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'kong-'));
    try {
      writeFileSync(join(folder, 'kong.yaml'), text);
      return execFileSync(toolPath('deck'), [join(folder, 'kong.yaml')], { stdio: 'pipe' }).toString();
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it.each(COPIED)('takes the file of the example %s', async (name) => {
    const keys = await publicKeysOf(JSON.stringify({ keys: [(await newSigningKey()).publicJwk] }));
    const policy = await policyOf(example(name));
    expect(() => validate(kongOf(policy, { ...OPTIONS, keys }).text)).not.toThrow();
    expect(() => validate(kongOf(policy, { ...OPTIONS, keys, bind: 'kid' }).text)).not.toThrow();
  });

  it('refuses a file that means nothing, so that taking one says something', async () => {
    const { text } = kongOf(await policyOf(SMALLEST));
    expect(() => validate(text.replace('services:', 'servicez:'))).toThrow(/servicez/);
    expect(() => validate(text.replace('jwt_secrets:', 'jwt_secretz:'))).toThrow(/jwt_secretz/);
    expect(() => validate(text.replaceAll('methods:', 'method:'))).toThrow(/method/);
  });
});
