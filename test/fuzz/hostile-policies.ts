/** Policies that are meant to cost much: each fills the file with one thing. For the tests and the bench. */
import { filled, LARGEST } from './hostile.ts';

/** Sizes at which the loader begins to read less: other forms of YAML, all faults instead of the first. */
const [OTHER_FORMS, ALL_FAULTS] = [6 * 1024, 32 * 1024];

const HEAD = `version: "1"
issuer: https://token.actions.githubusercontent.com
audience: dbt-passport/acme
`;
const REPOSITORY = '{ name: octo-org/jaffle-shop, repository_id: "456789", repository_owner_id: "123456" }';
const REPOSITORIES = `repositories:\n  shop: ${REPOSITORY}\n`;
const GRANTS = 'grants:\n  warehouse: { kind: duckdb, path: jaffle.duckdb }\n';
const RULES = `${HEAD}${REPOSITORIES}${GRANTS}rules:\n`;
const rule = (keys: string, id = 'r') =>
  `  - { id: ${id}, repository: shop, environment: prod, grants: [warehouse], ${keys} }\n`;
const REF = 'ref: refs/heads/main';

/** A rule with one list, which `piece` fills. */
function list(start: string, piece: string | ((index: number) => string), end = ']', size = LARGEST): string {
  const [head = '', tail = ''] = rule(`${start}|${end}`).split('|');
  return filled(piece, { head: RULES + head, tail, size });
}

function rules(of: string | ((index: number) => string), size = LARGEST): string {
  return filled(of, { head: RULES, size });
}

const X = 'x'.repeat(50);
const manyRepositories = Array.from({ length: 1_300 }, (_, at) => `  ${X}${at}: ${REPOSITORY}\n`).join('');

const HOSTILE: Readonly<Record<string, string>> = {
  brackets: filled('['),
  braces: filled('{a: '),
  'list marks': filled('- '),
  'question marks': filled('? '),
  aliases: filled((index) => `k${index}: &a${index} [*a${index - 1}, *a${index - 1}]\n`),
  'one alias': filled('b: *a\n', { head: 'a: &a x\n' }),
  'keys that are all the same': filled('a: b\n'),
  'keys that differ': filled((index) => `k${index}: v\n`),
  'keys that are nearly known': filled((index) => `rule${index}: v\n`),
  'unknown keys in a mapping': filled((index) => `  k${index}: v\n`, { head: 'deny:\n' }),
  'one long word': filled('a'),
  'one long value': filled('a', { head: 'a: ' }),
  'an open quote': filled('\\n', { head: 'a: "' }),
  quotes: filled(`"'`),
  'empty texts': filled("'',", { head: 'a: [' }),
  'blank lines': filled('\n'),
  spaces: filled(' '),
  'a value after spaces': filled(' ', { head: 'a:', tail: 'b' }),
  'words and spaces': filled('a  ', { head: 'a: ' }),
  comments: filled('#\n'),
  'comments in brackets': filled('\n #x', { head: 'a: [' }),
  documents: filled('---\n'),
  directives: filled('%a\n'),
  tags: filled('!a '),
  colons: filled(':'),
  'block scalars': filled('a: |\n'),
  'a text over many lines': filled(' x\n', { head: 'a:\n' }),
  'a list on one line': filled('a,', { head: 'a: [' }),
  'a list on many lines': filled('- a\n', { head: 'a:\n' }),
  'rules that are empty': rules('  - {}\n'),
  'rules that are empty, on one line': filled('{},', { head: RULES.replace(/\n$/, ' ['), tail: ']\n' }),
  'rules that are lists': filled('[],', { head: RULES.replace(/\n$/, ' ['), tail: ']\n' }),
  'rules with a wrong key': rules('  - { enviroment: prod }\n'),
  'rules that name nothing': rules(
    (at) => `  - { id: r${at}, repository: a${at}, environment: e, ref: refs/heads/m, grants: [g${at}] }\n`,
  ),
  'rules that nearly name one of many': filled(
    (at) => rule(REF, `r${at}`).replace('repository: shop', `repository: ${X}y${at}`),
    { head: RULES.replace('repositories:\n', `repositories:\n${manyRepositories}`) },
  ),
  'rules with one id': rules(rule(REF)),
  'rules without a ref': rules((at) => rule('event_name: push', `r${at}`)),
  'rules with days that do not exist': rules((at) => rule(`${REF}, last_reviewed: "2026-02-31"`, `r${at}`)),
  'rules that hold': rules((at) => rule(REF, `r${at}`)),
  'repositories without ids': filled((at) => `  r${at}: {}\n`, { head: `${HEAD}repositories:\n` }),
  'grants of no kind': filled((at) => `  g${at}: {}\n`, { head: `${HEAD}${REPOSITORIES}grants:\n` }),
  'grants of a wrong kind': filled((at) => `  g${at}: { kind: x }\n`, {
    head: `${HEAD}${REPOSITORIES}grants:\n`,
  }),
  'grants that hold': filled((at) => `  g${at}: { kind: duckdb, path: a }\n`, {
    head: `${HEAD}${REPOSITORIES}${GRANTS}`,
    tail: `rules:\n${rule(REF)}`,
  }),
  'many refs': list('ref: { one_of: [', (at) => `refs/heads/${at},`, ']}'),
  'many wrong refs': list('ref: { one_of: [', 'x,', ']}'),
  'many wrong events': list(`${REF}, event_name: { one_of: [`, 'x,', ']}'),
  'many wrong selectors': list(`${REF}, dbt: { within: [`, 'x,', ']}'),
  'many denied ids': filled((at) => `${at + 1},`, {
    head: `${RULES}${rule(REF)}deny: { actor_id: [`,
    tail: '] }\n',
  }),
  'many claims in sub': filled('a,', { head: `${RULES}${rule(REF)}sub_template: [`, tail: ']\n' }),
  'a long ref': list('ref: refs/heads/', 'a', ''),
  'a pattern with many stars': list('ref: { glob: refs/heads/a', '*a', '}'),
  'a pattern that is nearly right': list('ref: { glob: refs/heads/a*b*', 'a', '% }'),
  'a long reason': list(`${REF}, tag_ruleset: "`, 'a ', '"'),
  'a byte that is refused, at the end': filled('\n', { tail: '\u0001' }),
};

/** Smaller ones, of which the loader reads more. */
const SMALLER: Readonly<Record<string, string>> = {
  'all faults: rules that are empty': filled('{},', {
    head: RULES.replace(/\n$/, ' ['),
    tail: ']\n',
    size: ALL_FAULTS,
  }),
  'all faults: rules with a wrong key': rules('  - { enviroment: prod }\n', ALL_FAULTS),
  'all faults: wrong events': list(`${REF}, event_name: { one_of: [`, 'x,', ']}', ALL_FAULTS),
  ...Object.fromEntries(
    ['} ', '] ', '[', '{a: ', '- ', '? ', ', ', '@a: @b\n', '- `a\n', '%a\n', '!a ', '- !a v\n', 'a:\n', ': ']
      .concat(['"k": v\n', '"a": b, ', '- &a v\n', '- *a\n', '---\n', '? a\n', 'a: |\n', '# x\n', '\\n'])
      .flatMap((piece) => [
        [`other forms: ${JSON.stringify(piece)}`, filled(piece, { size: OTHER_FORMS })],
        [
          `other forms: ${JSON.stringify(piece)} in brackets`,
          filled(piece, { head: 'a: [', size: OTHER_FORMS }),
        ],
      ]),
  ),
};

export const HOSTILE_POLICIES: readonly (readonly [name: string, text: string])[] = [
  ...Object.entries(HOSTILE),
  ...Object.entries(SMALLER),
];

/** As many rules with a pattern of two stars as a policy holds, and one whose list of refs fills it. */
export const WIDE_POLICIES: readonly (readonly [name: string, text: string])[] = [
  ['patterns', rules((at) => rule('ref: { glob: refs/heads/a*aaaaaaaaaab*a }', `r${at}`))],
  ['environments', rules((at) => rule(REF, `r${at}`).replace('prod', 'P'.repeat(200)))],
  ['refs', list('ref: { one_of: [', (at) => `refs/heads/${at},`, ']}')],
];

/** Claims as long as the largest policy, though no token is; the CLI reads them out of a file. */
export const LONG_CLAIMS: readonly (readonly [claim: string, value: unknown])[] = [
  ['ref', `refs/heads/${'a'.repeat(LARGEST)}`],
  ['ref', '\u0001'.repeat(LARGEST)],
  ['ref', Array(LARGEST).fill('a')],
  ['environment', 'P'.repeat(LARGEST)],
  ['environment', 'p'.repeat(200)],
  ['repository', '/'.repeat(LARGEST)],
  ['repository', `octo-org/${':'.repeat(LARGEST)}`],
  ['repository_id', '4'.repeat(LARGEST)],
  ['sub', ':'.repeat(LARGEST)],
  ['actor', 'X'.repeat(LARGEST)],
];
