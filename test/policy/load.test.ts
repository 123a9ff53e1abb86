import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FULL, load, refusal, SMALLEST } from './fixture.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const insert = (after: string, line: string) => FULL.replace(after, `${after}\n${line}`);

/** Each text must be refused with this reason, and with a place in the file. */
async function refused(reason: string, texts: readonly (string | Uint8Array)[]): Promise<void> {
  for (const text of texts) {
    const error = await refusal(text);
    expect([String(text).slice(0, 2000), error.code, error.reason]).toEqual([
      String(text).slice(0, 2000),
      'ERR_POLICY_INVALID',
      reason,
    ]);
    expect(error.message).toMatch(/^policy\.yml:\d+:\d+: /);
    expect(error.place).toMatchObject({
      file: 'policy.yml',
      line: expect.any(Number),
      column: expect.any(Number),
    });
  }
}

describe('loadPolicy', () => {
  it('holds every clause as text with its line, and the digest of the bytes', async () => {
    const loaded = await load(FULL);
    const [rule] = loaded.policy.rules;
    expect(rule).toMatchObject({
      id: 'prod',
      line: 13,
      repository: { name: 'octo-org/jaffle-shop', repositoryId: '456789', ownerId: '123456', line: 9 },
      environment: { name: 'prod', nodeId: 'EN_kwDOAbCdEf4AAAAB' },
      ref: { kind: 'equals', value: 'refs/heads/main' },
      refProtected: 'true',
      eventName: ['push'],
      runnerEnvironment: ['github-hosted'],
      visibility: ['private'],
      actorId: ['583231'],
      grants: ['warehouse'],
      dbt: {
        target: 'prod',
        commands: ['build', 'test'],
        within: [
          { method: 'tag', value: 'finance' },
          { method: 'path', value: 'models/marts' },
        ],
        never: [{ method: 'tag', value: 'pii' }],
        fullRefresh: false,
        maxMinutes: 60,
        env: ['DBT_REGION'],
      },
    });
    expect(rule?.lines.get('event_name')).toBe(18);
    expect(loaded.sha256).toBe(createHash('sha256').update(FULL).digest('hex'));
  });

  it('fills in the defaults of docs/policy.md', async () => {
    const { policy } = await load(SMALLEST);
    expect(policy.rules[0]).toMatchObject({
      refProtected: 'true',
      eventName: ['push', 'schedule', 'workflow_dispatch'],
      runnerEnvironment: ['github-hosted'],
      dbt: {
        target: 'prod',
        commands: ['deps', 'build', 'run', 'test', 'seed', 'snapshot'],
        within: [],
        never: [],
        fullRefresh: false,
        env: [],
      },
    });
    expect(policy.grants.get('warehouse')).toEqual({
      kind: 'duckdb',
      path: 'jaffle.duckdb',
      schema: 'main',
      threads: 4,
    });
    expect(policy.deny).toEqual({ actorId: [], repositoryId: [], jobWorkflowSha: [] });
    expect(policy.subTemplate).toBeUndefined();
  });

  it('reports every fault of the file at once, the first as the place', async () => {
    const error = await refusal(
      SMALLEST.replace('"456789"', '0456789')
        .replace('    environment:', '    enviroment:')
        .replace('heads/main', 'heads'),
    );
    expect(error.message.split('\n')).toEqual([
      'policy.yml:5:54: repositories.shop.repository_id: expected an id: digits without a leading zero, in quotes, got "0456789"',
      'policy.yml:9:5: missing key environment in rules.0',
      'policy.yml:11:5: unknown key enviroment in rules.0; did you mean environment?',
      'policy.yml:12:10: rules.0.ref: expected a full ref such as refs/heads/main, got "refs/heads"',
    ]);
    expect(error.place).toEqual({ file: 'policy.yml', line: 5, column: 54 });
    expect(error.reason).toBe('POLICY_ID');
  });

  it('P01 refuses aliases and anchors, so no bomb of them', async () => {
    const bomb = [
      'a: &a [x,x]',
      ...'bcdefgh'.split('').map((c, i) => `${c}: &${c} [*${'abcdefg'[i]},*${'abcdefg'[i]}]`),
    ];
    await refused('POLICY_ALIAS', [bomb.join('\n'), `${FULL}deny: &deny {}\n`]);
  });

  it('P02 refuses duplicate keys, quoted too, and merge keys', async () => {
    await refused('POLICY_DUPLICATE', [
      `${FULL}rules: []\n`,
      `${FULL}"rules": []\n`,
      insert('  - id: prod', '    id: dev'),
      `${FULL}${FULL.slice(FULL.indexOf('  - id: prod'))}`,
    ]);
    expect((await refusal(`${FULL}issuer: x\n`)).message).toBe(
      'policy.yml:34:1: this key stands twice in its mapping',
    );
    await refused('POLICY_KEY', [`${FULL}<<: { version: "1" }\n`]);
  });

  it('P03 refuses keys of the prototype; a name such as toString is only a name', async () => {
    await refused('POLICY_KEY', [
      `${FULL}__proto__: x\n`,
      `${FULL}constructor: x\n`,
      FULL.replace('  shop:', '  prototype:'),
      FULL.replace('  shop:', '  [shop]:'),
    ]);
    await refused('POLICY_UNKNOWN_KEY', [`${FULL}toString: x\n`]);
    await refused('POLICY_REFERENCE', [FULL.replace('repository: shop', 'repository: toString')]);
    const { policy } = await load(FULL.replace('id: prod', 'id: toString'));
    expect(policy.rules[0]?.id).toBe('toString');
    const named = FULL.replace('  shop:', '  toString:').replace('repository: shop', 'repository: toString');
    expect((await load(named)).policy.rules[0]?.repository.repositoryId).toBe('456789');
  });

  it('P04 refuses tags, known ones too, and directives', async () => {
    await refused('POLICY_TAG', [
      FULL.replace('policy_id: acme', "policy_id: !!js/function 'x'"),
      FULL.replace('policy_id: acme', 'policy_id: !acme x'),
      FULL.replace('policy_id: acme', 'policy_id: !!str acme'),
      FULL.replace('rules:', 'rules: !!seq'),
      `%YAML 1.1\n---\n${FULL}`,
    ]);
  });

  it('P05 keeps an id as it is written, in quotes or not, and refuses what is no id', async () => {
    const loaded = await load(FULL.replace('"456789"', '9007199254740993'));
    expect(loaded.policy.rules[0]?.repository.repositoryId).toBe('9007199254740993');
    await refused(
      'POLICY_ID',
      ['0123', '1e3', '0x1f', '1_000', '-1', '0', '1.0', '" 1"', '123456789012345678901'].map((id) =>
        FULL.replace('"456789"', id),
      ),
    );
  });

  it('P06 refuses a second document, a byte order mark, tabs and other characters', async () => {
    await refused('POLICY_MULTI', [`${FULL}---\n${FULL}`]);
    await refused('POLICY_CHARSET', [
      `\ufeff${FULL}`,
      `${FULL}\t`,
      FULL.replace('acme', 'acm\u00e9'),
      FULL.replace('acme', '\u0430cme'),
      `${FULL}\u0000`,
      FULL.replaceAll('\n', '\r'),
      Uint8Array.of(0xff, 0xfe),
    ]);
  });

  it('P06 refuses what is too large or too deep, quickly', async () => {
    const started = performance.now();
    await refused('POLICY_SIZE', [new Uint8Array(10_000_000).fill(97)]);
    const deep = Array.from({ length: 600 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n');
    await refused('POLICY_DEPTH', [
      '['.repeat(20_000),
      '['.repeat(7_000),
      '{a: '.repeat(7_000),
      '- '.repeat(100_000),
      '- '.repeat(7_000),
      '['.repeat(3_900),
      '{a: '.repeat(1_500),
      '- '.repeat(2_900),
      deep,
    ]);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('P06 takes CRLF, and hashes the bytes as they came', async () => {
    const windows = FULL.replaceAll('\n', '\r\n');
    const loaded = await load(windows);
    expect(loaded.policy.rules).toHaveLength(1);
    expect(loaded.sha256).toBe(createHash('sha256').update(bytes(windows)).digest('hex'));
  });

  it('P07 refuses unknown keys with a suggestion', async () => {
    await refused('POLICY_UNKNOWN_KEY', [
      insert('  - id: prod', '    allow_all: "true"'),
      `${FULL}rule: []\n`,
    ]);
    const messages = async (text: string) => (await refusal(text)).message;
    expect(await messages(`${FULL}denny: {}\n`)).toContain('did you mean deny?');
    expect(await messages(FULL.replace('      never:', '      nver:'))).toContain('did you mean never?');
    expect(await messages(FULL.replace('node_id:', 'nodeid:'))).toContain('did you mean node_id?');
    expect(await messages(FULL.replace('path: jaffle', 'paht: jaffle'))).toContain('did you mean path?');
    expect(await messages(`${FULL}zzz: {}\n`)).toContain('known keys: version, policy_id,');
  });

  it('P07 refuses an empty file, no rules and an empty grant', async () => {
    const rules = FULL.indexOf('rules:');
    await refused('POLICY_EMPTY', [
      '',
      '\n',
      '# nothing\n',
      `${FULL.slice(0, rules)}rules: []\n`,
      `${FULL.slice(0, rules)}rules:\n`,
      FULL.replace('{ kind: duckdb, path: jaffle.duckdb }', ''),
      FULL.replace('grants: [warehouse]', 'grants: []'),
    ]);
  });

  it('P08 refuses wildcards, negations and what looks like a regular expression', async () => {
    const repository = (name: string) => FULL.replace('octo-org/jaffle-shop', name);
    const ref = (value: string) => FULL.replace('ref: refs/heads/main', `ref: ${value}`);
    await refused('POLICY_VALUE', [
      ...['octo-org/*', '"*"', '"repo:*"', '*/jaffle-shop'.replace(/^/, '"').concat('"')].map(repository),
      ...['"!refs/heads/dev"', '^main|dev$', 'a)|(', '(?i)main', 'refs/heads/.*', 'refs/heads/*'].map(ref),
      ...[
        'refs/heads/*',
        'refs/tags/**',
        'refs/*/main',
        'refs/tags/v*.*.*',
        'refs/tags/v?',
        'refs/tags/v[0-9]',
      ].map((glob) => ref(`{ glob: "${glob}" }`)),
      ref('{ equals: refs/heads/main, glob: refs/tags/v* }'),
    ]);
    expect((await refusal(ref('^main|dev$'))).message).toContain(
      'regular expressions and negations are refused',
    );
  });

  it.each([
    ['E03 without repository_id', FULL.replace(' repository_id: "456789",', ''), 'POLICY_MISSING_KEY'],
    ['E03 without owner id', FULL.replace(', repository_owner_id: "123456"', ''), 'POLICY_MISSING_KEY'],
    ['E04 without ref', FULL.replace('    ref: refs/heads/main\n', ''), 'POLICY_REF_REQUIRED'],
    [
      'E05 pull_request_target',
      FULL.replace('event_name: push', 'event_name: pull_request_target'),
      'POLICY_VALUE',
    ],
    [
      'E05 issue_comment',
      FULL.replace('event_name: push', 'event_name: { one_of: [issue_comment] }'),
      'POLICY_VALUE',
    ],
    ['E08 without environment', FULL.replace(/ {4}environment: .*\n/, ''), 'POLICY_MISSING_KEY'],
    ['E10 workflow at a branch', FULL.replace('dbt.yml\n', 'dbt.yml@refs/heads/main\n'), 'POLICY_VALUE'],
    ['E11 actor by name', insert('  - id: prod', '    actor: octocat'), 'POLICY_UNKNOWN_KEY'],
    ['E15 trailing slash', FULL.replace('usercontent.com\n', 'usercontent.com/\n'), 'POLICY_VALUE'],
    ['E15 http', FULL.replace('https://token', 'http://token'), 'POLICY_VALUE'],
    ['E15 port', FULL.replace('usercontent.com\n', 'usercontent.com:443\n'), 'POLICY_VALUE'],
    ['E15 user', FULL.replace('https://', 'https://a@'), 'POLICY_VALUE'],
    ['E15 upper case', FULL.replace('https://token', 'https://Token'), 'POLICY_VALUE'],
    [
      'E15 another host',
      FULL.replace('githubusercontent.com\n', 'githubusercontent.com.evil.com\n'),
      'POLICY_ISSUER',
    ],
    ['E15 loopback', FULL.replace(/https.*\n/, 'http://127.0.0.1:8080\n'), 'POLICY_ISSUER'],
    ['E20 graph operator', FULL.replace('tag:finance', '+tag:finance'), 'POLICY_VALUE'],
    ['E20 state', FULL.replace('tag:finance', 'state:modified'), 'POLICY_VALUE'],
    ['E20 wildcard', FULL.replace('tag:pii', '"tag:*"'), 'POLICY_VALUE'],
    ['P09 the id of another rule', `${FULL}${FULL.slice(FULL.indexOf('  - id: prod'))}`, 'POLICY_DUPLICATE'],
    ['P09 unknown grant', FULL.replace('[warehouse]', '[warehose]'), 'POLICY_REFERENCE'],
    ['two grants', FULL.replace('[warehouse]', '[warehouse, warehouse]'), 'POLICY_VALUE'],
    ['a date that is none', FULL.replace('2027-02-01', '2027-02-30'), 'POLICY_VALUE'],
    ['a list for a mapping', `${FULL}deny: []\n`, 'POLICY_VALUE'],
    ['a list for the file', '- a\n', 'POLICY_VALUE'],
    ['a database outside', FULL.replace('jaffle.duckdb', '../x.duckdb'), 'POLICY_VALUE'],
    ['a token for dbt', FULL.replace('DBT_REGION', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'), 'POLICY_VALUE'],
    ['broken YAML', FULL.replace('[warehouse]', '[warehouse'), 'POLICY_SYNTAX'],
  ])('refuses %s', async (_, text, reason) => {
    await refused(reason, [text]);
  });

  it('names every fault of a policy, up to a hundred, and the first of a large one', async () => {
    const faulty = (rules: number) =>
      FULL + Array.from({ length: rules }, (_, at) => `  - { idd: r${at}, repository: shop }\n`).join('');
    const lines = async (rules: number) => (await refusal(faulty(rules))).message.split('\n');
    expect(await lines(3)).toHaveLength(3 * 4);
    expect((await lines(500)).at(-1)).toBe('… and 80 more');
    expect(await lines(5_000)).toEqual([
      expect.stringMatching(/^policy.yml:34:5: missing key id in rules.1$/),
    ]);
  });

  it('reads every form of YAML in a small policy, and the plain form alone in a large one', async () => {
    const block = FULL.replace('policy_id: acme', 'policy_id: >-\n  acme');
    expect((await load(block)).policy.policyId).toBe('acme');
    const comment = `# ${'x'.repeat(70)}\n`.repeat(500);
    expect((await load(FULL + comment)).policy.rules).toHaveLength(1);
    const error = await refusal(block + comment);
    expect([error.reason, error.place]).toEqual([
      'POLICY_SYNTAX',
      { file: 'policy.yml', line: 2, column: 12 },
    ]);
    await refused('POLICY_DUPLICATE', [`${FULL}issuer: x\n${comment}`]);
    await refused('POLICY_DEPTH', [`${FULL}x: ${'['.repeat(40)}\n${comment}`]);
  });

  it('takes an http issuer on the loopback address only when told to', async () => {
    const local = FULL.replace(/https.*\n/, 'http://127.0.0.1:8080\n');
    expect((await load(local, { allowLoopbackIssuer: true })).policy.issuer).toBe('http://127.0.0.1:8080');
  });
});
