/**
 * What a policy costs by its size, and what a hostile input costs: `npm run bench -- policy`. Decisions are of a token
 * that the last rule allows and of one that no rule does. Each time is the quickest of the rounds: what else the
 * machine does only adds to it. What is over its bound is told, and the command fails.
 */
import { parseCommands } from '../../src/dbt/command.ts';
import type { ClaimName, Identity } from '../../src/identity/claims.ts';
import { decide } from '../../src/policy/decide.ts';
import { denialText } from '../../src/policy/explain.ts';
import { lintPolicy } from '../../src/policy/lint/lint.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { CommandNeutraliser } from '../../src/workflow-commands.ts';
import { filled, HOSTILE_COMMANDS, HOSTILE_OUTPUT } from '../fuzz/hostile.ts';
import { HOSTILE_POLICIES, LONG_CLAIMS, WIDE_POLICIES } from '../fuzz/hostile-policies.ts';
import { type ClaimOverrides, githubClaims } from '../support/claims.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const SIZES = [10, 1_000, 10_000];
/** Ten thousand rules are more text than a policy may have, and so are a thousand with every clause. */
const LARGEST = 16 * 1024 * 1024;
/** Milliseconds of a decision about 1,000 rules that share all but the ref, and of a hostile input of 256 KiB. */
const [DECISION, HOSTILE] = [1, 100];
/** Times as long that ten times the rules may take: linear is 10, square 100; caches of a processor end in between. */
const GROWTH = 30;

/** Whether everything is within its bound. */
export async function policy(rounds: number): Promise<boolean> {
  let over = 0;
  const bound = (row: string, value: number, most: number): void => {
    if (value > most) over += 1;
    console.log(`${row}  ${value <= most ? 'PASS' : `OVER ${most}`}`);
  };
  console.log('policies: ms to load, to lint and to decide (allowed, denied)');
  for (const shape of Object.keys(SHAPES) as Shape[]) await sizes(shape, rounds, bound);
  console.log('hostile inputs of 256 KiB: ms until they are refused or read');
  for await (const [name, time] of hostile(rounds)) bound(`  ${shown(time)}  ${name}`, time, HOSTILE);
  console.log(over === 0 ? 'all within their bounds' : `${over} over their bounds`);
  return over === 0;
}

type Bound = (row: string, value: number, most: number) => void;

async function sizes(shape: Shape, rounds: number, bound: Bound): Promise<void> {
  const times: (readonly number[])[] = [];
  for (const rules of SIZES) {
    const of = await size(rules, shape, rounds);
    times.push(of);
    const row = `${of.map(shown).join('')}  ${rules} rules: ${SHAPES[shape]}`;
    if (rules === 1_000 && shape !== 'clauses') bound(row, Math.max(...of.slice(2)), DECISION);
    else console.log(row);
  }
  const [, few = [], many = []] = times;
  const growth = many.map((time, at) => time / (few[at] ?? 0));
  const row = growth.map((ratio) => `x ${ratio.toFixed(1)}`.padStart(10)).join('');
  bound(`${row}  from 1,000 to 10,000 rules`, Math.max(...growth), GROWTH);
}

/** Milliseconds to load, to lint, to decide what is allowed and what is denied. */
async function size(rules: number, shape: Shape, rounds: number): Promise<readonly number[]> {
  const bytes = encoded(policyOf(rules, shape));
  const options = { largest: LARGEST };
  const loaded = await loadPolicy(bytes, 'bench', options);
  const last = shape === 'repositories' ? Math.ceil(rules / 10) - 1 : 0;
  const allowed = identityOf({
    repository: `octo-org/shop-${last}`,
    repository_id: `${1000 + last}`,
    ref: shape === 'clauses' ? 'refs/heads/main' : `refs/heads/branch-${rules - 1}`,
  });
  const denied = { ...allowed, claims: new Map(allowed.claims).set('event_name', 'pull_request') };
  if (!decide(loaded, allowed, {}, NOW).allow) throw new Error('the token of the last rule is denied');
  return [
    await quickest(rounds, 1, () => loadPolicy(bytes, 'bench', options)),
    await quickest(rounds, 1, () => lintPolicy(bytes, 'bench', { ...options, now: NOW })),
    await quickest(rounds, 20, () => decide(loaded, allowed, {}, NOW)),
    await quickest(rounds, 20, () => decide(loaded, denied, {}, NOW)),
  ];
}

async function* hostile(rounds: number): AsyncGenerator<readonly [name: string, time: number]> {
  for (const [name, text] of HOSTILE_POLICIES) {
    const bytes = encoded(text);
    yield [name, await quickest(rounds, 1, () => loadPolicy(bytes, 'hostile').catch(() => undefined))];
  }
  for (const [name, text] of WIDE_POLICIES) {
    const loaded = await loadPolicy(encoded(text), 'hostile');
    const times: number[] = [];
    for (const [claim, value] of LONG_CLAIMS) {
      const identity = identityOf({ [claim]: value });
      times.push(await quickest(rounds, 1, () => denialText(decide(loaded, identity, {}, NOW))));
    }
    yield [`the worst of long claims against many ${name}`, Math.max(...times)];
  }
  for (const pattern of HOSTILE_OUTPUT) {
    const bytes = encoded(filled(pattern));
    yield [
      `output: ${JSON.stringify(pattern)}`,
      await quickest(rounds, 1, () => new CommandNeutraliser().push(bytes)),
    ];
  }
  for (const pattern of HOSTILE_COMMANDS) {
    const text = `build ${filled(pattern)}`.slice(0, 32_768);
    yield [`commands: ${JSON.stringify(pattern)}`, await quickest(rounds, 1, () => attempt(text))];
  }
}

function attempt(commands: string): void {
  try {
    parseCommands(commands);
  } catch {
    // Refused, which is as good an end as any.
  }
}

/** Time of the processor, in ms, for one of `times` in a row, in the quickest round; one before the first warms up. */
async function quickest(rounds: number, times: number, once: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= rounds; round += 1) {
    const started = process.cpuUsage();
    for (let time = 0; time < times; time += 1) await once();
    const { user, system } = process.cpuUsage(started);
    if (round > 0) best = Math.min(best, (user + system) / 1_000 / times);
  }
  return best;
}

const SHAPES = {
  repositories: 'ten for each repository',
  refs: 'all for one repository and environment',
  clauses: 'the same with every clause, the last of which differs',
} as const;
type Shape = keyof typeof SHAPES;

const CLAUSES = (at: number, rules: number) => `    environment: { name: prod, node_id: EN_kwDOAbCdEf4AAAAB }
    ref: refs/heads/main
    event_name: { one_of: [schedule, push] }
    repository_visibility: private
    job_workflow: { path: octo-sec/workflows/.github/workflows/dbt.yml, sha: [9a8b7c6d5e4f30213243546576879809a8b7c6d5] }
    actor_id: "583231"
    actor_class: ${at === rules - 1 ? 'human' : 'agent'}
`;
const REF = (at: number) => `    environment: prod
    ref: refs/heads/branch-${at}
    event_name: { one_of: [push, schedule] }
`;

function policyOf(rules: number, shape: Shape): string {
  const ofRule = (at: number) => (shape === 'repositories' ? Math.floor(at / 10) : 0);
  const repositories = Array.from(
    { length: ofRule(rules - 1) + 1 },
    (_, at) =>
      `  r${at}: { name: octo-org/shop-${at}, repository_id: "${1000 + at}", repository_owner_id: "123456" }\n`,
  );
  const written = Array.from(
    { length: rules },
    (_, at) => `  - id: rule-${at}
    repository: r${ofRule(at)}
${shape === 'clauses' ? CLAUSES(at, rules) : REF(at)}    grants: [warehouse]
`,
  );
  return `version: "1"
issuer: https://token.actions.githubusercontent.com
audience: dbt-passport/acme
repositories:
${repositories.join('')}grants:
  warehouse: { kind: duckdb, path: jaffle.duckdb }
rules:
${written.join('')}`;
}

function identityOf(overrides: ClaimOverrides): Identity {
  const none = {
    issuer: '',
    subject: '',
    audience: '',
    tokenId: '',
    issuedAt: '',
    expiresAt: '',
    sha256: '',
  };
  return {
    claims: new Map(Object.entries(githubClaims(overrides, NOW))) as Map<ClaimName, unknown>,
    token: none,
  };
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function shown(time: number): string {
  return time.toFixed(3).padStart(10);
}
