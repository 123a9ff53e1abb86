/**
 * What a policy costs by its size, and what a hostile one costs: `npm run bench -- policy`. Decisions are of a token
 * that the last rule allows and of one that no rule does, in a policy of many repositories and in one of a single one.
 */
import type { ClaimName, Identity } from '../../src/identity/claims.ts';
import { decide } from '../../src/policy/decide.ts';
import { lintPolicy } from '../../src/policy/lint/lint.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { githubClaims } from '../support/claims.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const SIZES = [10, 1_000, 10_000];
/** Ten thousand rules are more text than a policy may have. */
const LARGEST = 8 * 1024 * 1024;
const KIBIBYTES = 256 * 1024;

export async function policy(rounds: number): Promise<void> {
  console.log('policies: ms to load, to lint and to decide (allowed, denied)');
  for (const repositories of ['many', 'one'] as const) {
    for (const rules of SIZES) await size(rules, repositories, rounds);
  }
  console.log('hostile texts of 256 KiB: ms until they are refused or read');
  for (const [name, text] of HOSTILE) {
    const bytes = encoded(text);
    const time = await median(rounds, () => loadPolicy(bytes, 'hostile').catch(() => undefined));
    console.log(`  ${time.toFixed(1).padStart(8)} ms  ${name}`);
  }
}

async function size(rules: number, repositories: 'many' | 'one', rounds: number): Promise<void> {
  const bytes = encoded(policyOf(rules, repositories));
  const options = { largest: LARGEST };
  const loaded = await loadPolicy(bytes, 'bench', options);
  const last = repositories === 'many' ? Math.ceil(rules / 10) - 1 : 0;
  const allowed = identityOf(last, rules - 1);
  const denied = { ...allowed, claims: new Map(allowed.claims).set('event_name', 'pull_request') };
  if (!decide(loaded, allowed, {}, NOW).allow) throw new Error('the token of the last rule is denied');
  const times = [
    await median(rounds, () => loadPolicy(bytes, 'bench', options)),
    await median(rounds, () => lintPolicy(bytes, 'bench', { ...options, now: NOW })),
    await median(rounds * 20, () => decide(loaded, allowed, {}, NOW)),
    await median(rounds * 20, () => decide(loaded, denied, {}, NOW)),
  ].map((time) => time.toFixed(3).padStart(10));
  console.log(`${times.join('')}  ${rules} rules, ${repositories} repositories, ${bytes.length} bytes`);
}

/** Time of the processor, in ms, so that what else the machine does counts less. */
async function median(rounds: number, once: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const started = process.cpuUsage();
    await once();
    const { user, system } = process.cpuUsage(started);
    if (round > 0) times.push((user + system) / 1_000);
  }
  return times.toSorted((left, right) => left - right)[Math.floor(times.length / 2)] ?? 0;
}

/** One rule after the other, ten for each repository, or all for one. */
function policyOf(rules: number, repositories: 'many' | 'one'): string {
  const count = repositories === 'many' ? Math.ceil(rules / 10) : 1;
  const named = Array.from(
    { length: count },
    (_, at) =>
      `  r${at}: { name: octo-org/shop-${at}, repository_id: "${1000 + at}", repository_owner_id: "123456" }\n`,
  );
  const written = Array.from(
    { length: rules },
    (_, at) => `  - id: rule-${at}
    repository: r${repositories === 'many' ? Math.floor(at / 10) : 0}
    environment: prod
    ref: refs/heads/branch-${at}
    event_name: { one_of: [push, schedule] }
    grants: [warehouse]
`,
  );
  return `version: "1"
issuer: https://token.actions.githubusercontent.com
audience: dbt-passport/acme
repositories:
${named.join('')}grants:
  warehouse: { kind: duckdb, path: jaffle.duckdb }
rules:
${written.join('')}`;
}

function identityOf(repository: number, rule: number): Identity {
  const claims = githubClaims(
    {
      repository: `octo-org/shop-${repository}`,
      repository_id: `${1000 + repository}`,
      ref: `refs/heads/branch-${rule}`,
    },
    NOW,
  );
  const token = {
    issuer: '',
    subject: '',
    audience: '',
    tokenId: '',
    issuedAt: '',
    expiresAt: '',
    sha256: '',
  };
  return { claims: new Map(Object.entries(claims)) as Map<ClaimName, unknown>, token };
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function filled(piece: string | ((index: number) => string), head = ''): string {
  const parts = [head];
  let length = head.length;
  for (let index = 0; ; index += 1) {
    const part = typeof piece === 'string' ? piece : piece(index);
    if (length + part.length > KIBIBYTES) return parts.join('');
    parts.push(part);
    length += part.length;
  }
}

const RULE = (index: number) =>
  `  - { id: r${index}, repository: a${index}, environment: e, ref: refs/heads/m, grants: [g${index}] }\n`;

const HOSTILE: readonly (readonly [string, string])[] = [
  ['brackets', filled('[')],
  ['mappings in mappings', filled('{a: ')],
  ['list marks', filled('- ')],
  ['aliases', filled((index) => `k${index}: &a${index} [*a${index - 1}, *a${index - 1}]\n`)],
  ['different keys', filled((index) => `k${index}: v\n`)],
  ['one key again and again', filled('key: v\n')],
  ['misspelt keys', filled((index) => `  k${index}: v\n`, 'deny:\n')],
  ['rules that name nothing', filled(RULE, policyOf(1, 'one'))],
  [
    'rules with unknown keys',
    filled((index) => `  - { idd: r${index}, repositry: a }\n`, policyOf(1, 'one')),
  ],
  ['repositories without ids', filled((index) => `  r${index}: {}\n`, 'repositories:\n')],
  ['one long word', `a: ${'a'.repeat(KIBIBYTES - 4)}`],
  ['spaces', `a:${' '.repeat(KIBIBYTES - 4)}b`],
  ['words and spaces', filled('a  ', 'a: ')],
  ['comments', filled('#\n')],
  ['empty lines', filled('\n')],
  ['a text over many lines', filled(' x\n', 'a:\n')],
  ['escapes', filled('\\n', 'a: "')],
  ['documents', filled('---\n')],
  ['a list on one line', filled('a,', 'a: [')],
  ['a list on many lines', filled('- a\n', 'a:\n')],
  [
    'a pattern of a ref',
    `${policyOf(1, 'one').replace('refs/heads/branch-0', `{ glob: "refs/heads/a${'*a'.repeat(60_000)}" }`)}`,
  ],
];
