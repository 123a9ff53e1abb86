import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../src/policy/policy.ts';
import { renderTrust } from '../../../src/policy/trust/render.ts';
import { FULL, load, SMALLEST } from '../fixture.ts';
import { COPIED } from './render-example.ts';

const REALM = { audience: 'https://keycloak.example/realms/dbt', receivers: ['snowflake'] };
const example = (name: string) =>
  readFileSync(new URL(`../../../examples/policies/${name}.yml`, import.meta.url), 'utf8');

async function policyOf(text: string): Promise<Policy> {
  return (await load(text)).policy;
}

interface Realm {
  readonly identityProviders: readonly { readonly config: Readonly<Record<string, string>> }[];
  readonly clients: readonly {
    readonly clientId: string;
    readonly name: string;
    readonly description: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly protocolMappers: readonly { readonly config: Readonly<Record<string, string>> }[];
  }[];
}

function realmOf(policy: Policy, options: { audience?: string; receivers?: readonly string[] } = REALM) {
  const { files, problems } = renderTrust(policy, 'keycloak', options);
  return { text: files[0]?.text ?? '', realm: JSON.parse(files[0]?.text ?? '') as Realm, files, problems };
}

describe('the realm of Keycloak', () => {
  it.each(COPIED)('is as reviewed for the example %s', async (name) => {
    const { text, files, problems } = realmOf(await policyOf(example(name)));
    expect(files.map((file) => file.name)).toEqual(['dbt-realm.json']);
    expect(problems).toEqual([]);
    await expect(text).toMatchFileSnapshot(`golden/keycloak-${name}.json`);
  });

  it('has one client for each subject, and one for rules that share it', async () => {
    const shared = `${SMALLEST}  - { id: tags, repository: shop, environment: prod, ref: refs/tags/v1, grants: [warehouse] }\n`;
    const { realm } = realmOf(await policyOf(shared));
    const subjects = realm.clients.map(({ attributes }) => attributes['jwt.credential.sub']);
    expect(new Set(subjects)).toEqual(
      new Set([
        'repo:octo-org/jaffle-shop:environment:prod',
        'repo:octo-org@123456/jaffle-shop@456789:environment:prod',
      ]),
    );
    expect(subjects).toHaveLength(2);
    expect(realm.clients.map(({ description }) => description)).toEqual([
      'rules prod, tags',
      'rules prod, tags',
    ]);
  });

  it('has every subject of a customised sub, and the rest of the rule among what is not checked', async () => {
    const text = FULL.replace('sub_template: immutable', 'sub_template: [repo, context, event_name]').replace(
      'event_name: push',
      'event_name: { one_of: [push, schedule] }',
    );
    const policy = await policyOf(text);
    expect(realmOf(policy).realm.clients).toHaveLength(4);
    const { unchecked } = renderTrust(policy, 'keycloak', REALM);
    expect(unchecked.map(({ claim }) => claim)).toEqual(
      expect.arrayContaining(['ref', 'job_workflow_sha', 'actor_id']),
    );
    expect(unchecked.find(({ claim }) => claim === 'ref')?.why).toContain('jwt-claim-enforcer');
  });

  it('has no client for a rule whose subject is open, and says so', async () => {
    const text = FULL.replace('sub_template: immutable', 'sub_template: [repo, context, ref]').replace(
      'ref: refs/heads/main',
      'ref: { glob: refs/heads/release-* }',
    );
    const { realm, problems } = realmOf(await policyOf(text));
    expect(realm.clients).toEqual([]);
    expect(problems).toMatchObject([
      {
        level: 'error',
        line: FULL.split('\n').indexOf('  - id: prod') + 1,
        message: expect.stringContaining('rule prod'),
      },
    ]);
  });

  it('says when Keycloak has no room for a subject, or takes two for one', async () => {
    const policy = await policyOf(SMALLEST);
    const [rule] = policy.rules;
    if (rule === undefined) throw new Error('the example has no rule');
    const named = (name: string) => ({
      ...rule,
      id: name.slice(0, 9),
      environment: { name },
      ref: { kind: 'equals', value: `refs/tags/${name}` } as const,
    });
    const rules = [named('Prod'), named('prod'), named('x'.repeat(240))];
    const { problems } = realmOf({ ...policy, subTemplate: 'legacy', rules });
    expect(problems.map(({ message }) => message)).toEqual([
      'a subject of 278 characters; Keycloak has room for 239',
      '"repo:octo-org/jaffle-shop:environment:prod" differs from another subject in case alone; users of Keycloak do not',
    ]);
  });

  it('names as many rules of a client as Keycloak has room for', async () => {
    const policy = await policyOf(SMALLEST);
    const [rule] = policy.rules;
    if (rule === undefined) throw new Error('the example has no rule');
    const rules = [...'abcde'].map((letter) => ({
      ...rule,
      id: letter.repeat(64),
      ref: { kind: 'equals', value: `refs/tags/${letter}` } as const,
    }));
    const { realm } = realmOf({ ...policy, rules });
    const whole = `rules ${rules.map(({ id }) => id).join(', ')}`;
    expect(realm.clients.map(({ description }) => description)).toEqual([
      whole.slice(0, 255),
      whole.slice(0, 255),
    ]);
  });

  it('notes that tokens without a receiver have no audience', async () => {
    const { problems } = realmOf(await policyOf(SMALLEST), { audience: REALM.audience });
    expect(problems).toEqual([
      {
        level: 'note',
        target: 'keycloak',
        line: 1,
        message: 'access tokens will have no audience; name who shall take them with --receivers',
      },
    ]);
  });

  it.each([
    'dbt-passport/acme',
    'see https://keycloak.example/realms/dbt',
    'https://keycloak.example/realms/',
    'https://keycloak.example/realms/dbt/',
    'https://k/realms/a?b',
  ])('refuses %s as the address of a realm', async (audience) => {
    const policy = await policyOf(SMALLEST);
    expect(() => renderTrust(policy, 'keycloak', { audience })).toThrow(
      expect.objectContaining({
        code: 'ERR_INPUT_INVALID',
        message: 'expected the address of a realm as the audience',
        hint: expect.stringContaining('--audience https://keycloak.example/realms/dbt'),
      }),
    );
  });

  it('lets no text of the policy leave its quotes or name a variable of the importer', async () => {
    const policy = await policyOf(SMALLEST);
    const [rule] = policy.rules;
    if (rule === undefined) throw new Error('the example has no rule');
    const name = fc.stringMatching(/^[ -9;-~]{1,20}$/);
    const odd = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('${PATH}', '"},{"', '\u2028', '\\', '\ud800', '\n'),
    );
    fc.assert(
      fc.property(name, odd, odd, (name, id, receiver) => {
        const rules = [{ ...rule, id, environment: { name } }];
        const { text, realm } = realmOf(
          { ...policy, subTemplate: 'legacy', rules },
          { ...REALM, receivers: [receiver] },
        );
        const [client] = realm.clients;
        expect(realm.clients).toHaveLength(1);
        expect(client?.attributes['jwt.credential.sub']).toBe(client?.clientId);
        expect(client?.name).toBe(`octo-org/jaffle-shop ${name}`);
        expect(client?.description).toBe(`rules ${id}`);
        expect(client?.protocolMappers[0]?.config['included.custom.audience']).toBe(receiver);
        expect(text).not.toContain('$');
        expect(text).not.toMatch(/[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u);
      }),
      { numRuns: 200 },
    );
  });
});
