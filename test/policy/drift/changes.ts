import type { DeployedFile } from '../../../src/policy/drift/deployed.ts';
import type { DriftResult } from '../../../src/policy/drift/drift.ts';
import type { Compared } from './deployed.ts';

/** One change of what is deployed; `pick` chooses where, and undefined says that there is no such place. */
export interface Change {
  readonly name: string;
  readonly result: DriftResult;
  readonly change: (files: readonly DeployedFile[], pick: number) => readonly DeployedFile[] | undefined;
}

/** A value of a JSON file; leaves are taken for what the change needs. */
interface Node {
  [key: string]: Node;
}

/** Changes the JSON of one of the files that `places` finds something in. */
function edit(places: (json: Node) => readonly (() => void)[]): Change['change'] {
  return (files, pick) => {
    const all = files.map((file) => ({ file, json: unpacked(file.text) }));
    const edits = all.flatMap(({ json }) => places(json));
    if (edits.length === 0) return undefined;
    edits[pick % edits.length]?.();
    return all.map(({ file, json }) => ({ name: file.name, text: JSON.stringify(json) }));
  };
}

function unpacked(text: string): Node {
  const json: Node = JSON.parse(text);
  const role = json['Role'];
  const document = role?.['AssumeRolePolicyDocument'];
  if (role !== undefined && typeof document === 'string')
    role['AssumeRolePolicyDocument'] = JSON.parse(decodeURIComponent(document));
  return json;
}

/** Sets a key when it is called. */
const put = (node: object, key: string, value: unknown) => () => void Object.assign(node, { [key]: value });
const list = (value: unknown): Node[] => (Array.isArray(value) ? value : []);
const statements = (json: Node): Node[] => list(json['Role']?.['AssumeRolePolicyDocument']?.['Statement']);
const equals = (statement: Node): Record<string, string | string[]> =>
  (statement['Condition']?.['StringEquals'] ?? {}) as never;
const listed = (value: string | string[] | undefined): string[] =>
  Array.isArray(value) ? value : [value ?? ''];
const keysOf = (json: Node) =>
  statements(json).flatMap((statement) => Object.keys(equals(statement)).map((key) => ({ statement, key })));
const removals = (items: Node[]) => items.map((_, at) => () => void items.splice(at, 1));

const aws: readonly Change[] = [
  {
    name: 'a condition is dropped',
    result: 'wider',
    change: edit((json) =>
      keysOf(json).map(
        ({ statement, key }) =>
          () =>
            void delete equals(statement)[key],
      ),
    ),
  },
  {
    name: 'a value is added',
    result: 'wider',
    change: edit((json) =>
      keysOf(json).map(({ statement, key }) =>
        put(equals(statement), key, [...listed(equals(statement)[key]), 'zzz']),
      ),
    ),
  },
  {
    name: 'a value becomes a pattern',
    result: 'wider',
    change: edit((json) =>
      keysOf(json).map(({ statement, key }) => () => {
        const texts = listed(equals(statement)[key]);
        delete equals(statement)[key];
        statement['Condition'] = {
          ...statement['Condition'],
          StringLike: { [key]: texts.map((text) => `${text}*`) },
        } as never;
      }),
    ),
  },
  {
    name: 'a condition is added',
    result: 'narrower',
    change: edit((json) =>
      statements(json)
        .filter((statement) => statement['Condition'] !== undefined)
        .map((statement) => () => {
          const [key = ''] = Object.keys(equals(statement));
          statement['Condition'] = {
            ...statement['Condition'],
            StringLike: { [key.replace(/:[a-z_]+$/, ':workflow')]: 'nightly*' },
          } as never;
        }),
    ),
  },
  { name: 'a statement is removed', result: 'narrower', change: edit((json) => removals(statements(json))) },
  {
    name: 'the audience is another',
    result: 'different',
    change: edit((json) =>
      keysOf(json)
        .filter(({ key }) => key.endsWith(':aud'))
        .map(({ statement, key }) => put(equals(statement), key, 'zzz')),
    ),
  },
];

const conditions = (json: Node): Node[] =>
  list(json).filter((each) => typeof each['attributeCondition'] === 'string');
const clauses = (json: Node, change: (clause: string) => string) =>
  conditions(json).flatMap((provider) => {
    const found = String(provider['attributeCondition']).match(/assertion\.repository==("[^"]*")/g) ?? [];
    return found.map((clause) => () => {
      provider['attributeCondition'] = String(provider['attributeCondition']).replace(
        clause,
        change(clause),
      ) as never;
    });
  });
const audiences = (json: Node): Node[] =>
  list(json).flatMap((each) => (each['oidc'] === undefined ? [] : [each['oidc']]));
const gcp: readonly Change[] = [
  // The repository's name: a binding's attribute has the id and the environment too, so these are held twice.
  {
    name: 'a value is added',
    result: 'wider',
    change: edit((json) => clauses(json, (clause) => clause.replace('==', ' in [').concat(', "zzz"]'))),
  },
  {
    name: 'the issuer is another',
    result: 'different',
    change: edit((json) =>
      audiences(json).map((oidc) => put(oidc, 'issuerUri', 'https://issuer.example' as never)),
    ),
  },
  {
    name: 'the provider is off',
    result: 'narrower',
    change: edit((json) => conditions(json).map((provider) => put(provider, 'disabled', true as never))),
  },
  {
    name: 'a member is removed',
    result: 'narrower',
    change: edit((json) => list(json['bindings']).flatMap((binding) => removals(list(binding['members'])))),
  },
];

const exact = (
  facts: (json: Node) => Node[],
  names: { issuer: string; audience: string; subject: string },
): readonly Change[] => [
  {
    name: 'the issuer is another',
    result: 'different',
    change: edit((json) =>
      facts(json).map((each) => put(each, names.issuer, 'https://issuer.example' as never)),
    ),
  },
  {
    name: 'the subject is another',
    result: 'different',
    change: edit((json) => facts(json).map((each) => put(each, names.subject, 'zzz' as never))),
  },
  {
    name: 'an audience is added',
    result: 'wider',
    change: edit((json) =>
      facts(json).map((each) => () => void list(each[names.audience]).push('zzz' as never)),
    ),
  },
  { name: 'an identity is removed', result: 'narrower', change: edit((json) => removals(list(json))) },
];

const snowflake: readonly Change[] = (['issuer', 'subject', 'audienceList'] as const).map((key) => ({
  name: `${key} is another`,
  result: 'different' as const,
  change: edit((json) =>
    list(json)
      .filter((row) => row['type'] === ('OIDC' as never))
      .map((row) => () => {
        const info = JSON.parse(String(row['additional_info']));
        row['additional_info'] = JSON.stringify({
          ...info,
          [key]: key === 'audienceList' ? ['zzz'] : 'zzz',
        }) as never;
      }),
  ),
}));

const bound = (json: Node): Record<string, string[]> => (json['data']?.['bound_claims'] ?? {}) as never;
const vault: readonly Change[] = [
  {
    name: 'a claim is dropped',
    result: 'wider',
    change: edit((json) => Object.keys(bound(json)).map((key) => () => void delete bound(json)[key])),
  },
  {
    name: 'a value is added',
    result: 'wider',
    change: edit((json) => Object.keys(bound(json)).map((key) => () => void bound(json)[key]?.push('zzz'))),
  },
  {
    name: 'a claim is added',
    result: 'narrower',
    change: edit((json) =>
      'bound_claims' in (json['data'] ?? {}) ? [put(bound(json), 'actor', ['zzz'])] : [],
    ),
  },
  {
    name: 'the audience is another',
    result: 'different',
    change: edit((json) =>
      json['data']?.['bound_audiences'] === undefined
        ? []
        : [put(json, 'data', { ...json['data'], bound_audiences: ['zzz'] } as never)],
    ),
  },
];

const keycloak: readonly Change[] = [
  {
    name: 'the subject is another',
    result: 'different',
    change: edit((json) =>
      list(json['clients']).map((client) =>
        put(client, 'attributes', { ...client['attributes'], 'jwt.credential.sub': 'zzz' } as never),
      ),
    ),
  },
  {
    name: 'the client is off',
    result: 'narrower',
    change: edit((json) => list(json['clients']).map((client) => put(client, 'enabled', false as never))),
  },
  {
    name: 'the client is removed',
    result: 'missing',
    change: edit((json) => removals(list(json['clients']))),
  },
];

/** Kong is read from YAML: the text itself is changed. */
function replaced(from: RegExp, to: string): Change['change'] {
  return ([file]) =>
    file && from.test(file.text) ? [{ ...file, text: file.text.replace(from, to) }] : undefined;
}
const kong: readonly Change[] = [
  {
    name: 'a value is added',
    result: 'wider',
    change: replaced(/(claim = "repository", only = \{ )/, '$1["zzz"] = true, '),
  },
  { name: 'a claim is dropped', result: 'wider', change: replaced(/ +\{ claim = "repository_id", .*\n/, '') },
  {
    name: 'the audience is another',
    result: 'different',
    change: replaced(/(claim = "aud", only = \{ \[")[^"]*/, '$1zzz'),
  },
  {
    name: 'the function is another program',
    result: 'unknown',
    change: replaced(/return false end/, 'return true end'),
  },
  { name: 'the subject is another', result: 'narrower', change: replaced(/(key: ")repo[^"]*/, '$1zzz') },
];

export const CHANGES: Readonly<Record<Compared, readonly Change[]>> = {
  aws,
  gcp,
  snowflake: [
    ...snowflake,
    { name: 'an identity is removed', result: 'narrower', change: edit((json) => removals(list(json))) },
  ],
  databricks: exact((json) => list(json).flatMap((each) => each['oidc_policy'] ?? []), {
    issuer: 'issuer',
    audience: 'audiences',
    subject: 'subject',
  }),
  azure: exact(list, { issuer: 'issuer', audience: 'audiences', subject: 'subject' }),
  vault,
  keycloak,
  kong,
};
