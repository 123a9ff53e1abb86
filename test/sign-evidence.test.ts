import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keySigner } from '../src/adapters/signing-key.ts';
import { PassportError } from '../src/errors.ts';
import { buildPredicate } from '../src/evidence/build-predicate.ts';
import { BUNDLE_NAME, STATEMENT_NAME } from '../src/evidence/bundle.ts';
import type { EvidenceRecord } from '../src/evidence/record.ts';
import { buildStatement } from '../src/evidence/statement.ts';
import { verifyEvidence } from '../src/evidence/verify.ts';
import type { InputName } from '../src/inputs.ts';
import { jobOf } from '../src/job.ts';
import type { Decision } from '../src/policy/decision.ts';
import { Secret } from '../src/secret.ts';
import { sha256 } from '../src/sha256.ts';
import { type SignPorts, signEvidence } from '../src/sign-evidence.ts';
import { readSignInputs } from '../src/sign-inputs.ts';
import type { ClaimOverrides } from './support/claims.ts';
import { bytes, type Files, filesOf, p256Key, text, trueRecord } from './support/evidence.ts';
import { type Issuer, startIssuer } from './support/issuer.ts';
import { identity, startedRecord } from './support/records.ts';

const key = p256Key();
const DIGEST = `sha256:${'0a'.repeat(32)}`;
const SIGN_FILE = 'octo-sec/workflows/.github/workflows/dbt-sign.yml@refs/tags/v1';
/** Facts of the run, which both jobs have. */
const RUN = Object.fromEntries(
  [...identity().claims]
    .filter(([name]) => !['iss', 'aud', 'iat', 'exp', 'nbf', 'jti'].includes(name))
    .map(([name, value]) => [name, String(value)]),
);
const claimOf = (name: string) => RUN[name] ?? '';

let issuer: Issuer;
let unsigned: Files;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());
beforeEach(async () => {
  unsigned = await left();
});

/** A policy that allows the run of the record, and its issuer. */
const policy = () => `version: "1"
issuer: ${issuer.issuer}
audience: dbt-passport:acme
repositories:
  jaffle: { name: acme/jaffle-shop, repository_id: "704512345", repository_owner_id: "9001234" }
grants:
  local: { kind: duckdb, path: jaffle.duckdb, schema: main }
rules:
  - id: nightly-main
    repository: jaffle
    environment: production
    ref: refs/heads/main
    event_name: schedule
    grants: [local]
    dbt: { target: prod, commands: [build] }
`;

/** What a job with `signing: deferred` leaves. */
async function left(
  statementOf = (statement: string) => statement,
  written = policy(),
  decided: Partial<Decision> = {},
): Promise<Files> {
  const record = await trueRecord({ ...RUN, iss: issuer.issuer });
  const policySha256 = await sha256(bytes(written));
  record.keep('policy', {
    ...record.known('policy'),
    policy: {
      ...record.known('policy').policy,
      mode: written.startsWith('mode: audit') ? 'audit' : 'enforce',
    },
    bytes: bytes(written),
    sha256: policySha256,
  });
  record.keep('decision', { ...record.known('decision'), policySha256, ...decided });
  const known = record.facts.identity;
  if (known !== undefined)
    record.keep('identity', { ...known, token: { ...known.token, issuer: issuer.issuer } });
  return await leftOf(record, statementOf);
}

async function leftOf(
  record: EvidenceRecord,
  statementOf = (statement: string) => statement,
): Promise<Files> {
  const files = filesOf(record);
  const statement = statementOf(text(await buildStatement(buildPredicate(record), files)));
  return new Map([...files, [STATEMENT_NAME, bytes(statement)]]);
}

const edited = (from: string | RegExp, to: string) =>
  left((statement) => {
    expect(statement).toMatch(from);
    return statement.replace(from, to);
  });

const VARIABLES: Readonly<Record<string, string>> = {
  REPOSITORY: claimOf('repository'),
  RUN_ID: claimOf('run_id'),
  RUN_ATTEMPT: claimOf('run_attempt'),
  SHA: claimOf('sha'),
  REF: claimOf('ref'),
  EVENT_NAME: claimOf('event_name'),
  ACTOR: claimOf('actor'),
  JOB: 'sign',
  SERVER_URL: 'https://github.com',
  REPOSITORY_ID: claimOf('repository_id'),
  REPOSITORY_OWNER_ID: claimOf('repository_owner_id'),
  ACTOR_ID: claimOf('actor_id'),
  WORKFLOW_SHA: claimOf('workflow_sha'),
};

interface Setting {
  readonly inputs?: Partial<Record<InputName, string>>;
  /** Claims of the job that signs. */
  readonly claims?: ClaimOverrides;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Signs `files`, and what was asked and written on the way. */
async function signing(files: Files, { inputs, claims, variables }: Setting = {}) {
  const written: Files = new Map();
  const asked: string[] = [];
  const given = { mode: 'sign', 'artifact-id': '7', 'artifact-digest': DIGEST, ...inputs };
  const own = {
    ...RUN,
    job_workflow_ref: SIGN_FILE,
    environment: undefined,
    head_ref: undefined,
    base_ref: undefined,
    sub: undefined,
    ...claims,
  };
  const ports: SignPorts = {
    clock: () => new Date(),
    idToken: (from) => async (audience) => {
      asked.push(`token ${from === issuer.issuer ? '' : `${from} `}${audience}`);
      const { sub: _, ...rest } = own;
      return new Secret(await issuer.mint({ audience, claims: { ...rest, sub: 'repo:acme/jaffle-shop' } }));
    },
    jwks: async () => ({ keys: [issuer.key().publicJwk] }),
    download: async ({ id, digest }) => {
      asked.push(`download ${id} ${digest}`);
      return files;
    },
    signer: ({ visibility }) => {
      asked.push(`sign ${visibility}`);
      return keySigner(key.secret);
    },
    evidenceFolder: async () => ({
      path: '/evidence',
      write: async (name, content) => void written.set(name, content),
    }),
    artifacts: async (upload) => {
      asked.push(`upload ${upload.name} ${upload.retentionDays ?? ''}`);
      expect([...upload.files].sort()).toEqual([...written.keys()].sort());
      return { id: '8', url: 'https://github.com/x', digest: DIGEST };
    },
    say: () => {},
  };
  const names = Object.entries({ ...VARIABLES, ...variables });
  const request = {
    inputs: readSignInputs((name) => given[name as keyof typeof given] ?? ''),
    job: jobOf(Object.fromEntries(names.map(([name, value]) => [`GITHUB_${name}`, value]))),
    nonce: 'abcd1234',
    allowLoopback: true,
  };
  const result = await signEvidence(request, ports).catch((error: unknown) => error);
  return { result, written, asked };
}

async function refusal(files: Files, setting?: Setting): Promise<PassportError> {
  const { result, written, asked } = await signing(files, setting);
  expect(result).toBeInstanceOf(PassportError);
  expect([...written.keys()], 'nothing is written').toEqual([]);
  expect(asked.filter((call) => /^(sign|upload)/.test(call))).toEqual([]);
  return result as PassportError;
}

describe('signing the record of another job', () => {
  it('signs the very statement, and uploads the files with the signature in its place', async () => {
    const { result, written, asked } = await signing(unsigned, { inputs: { 'retention-days': '30' } });
    expect(result).toMatchObject({ signer: { mode: 'key' }, artifact: { id: '8' }, folder: '/evidence' });
    expect(asked).toEqual([
      `download 7 ${DIGEST}`,
      'token dbt-passport/sign',
      'sign private',
      'upload dbt-passport-sign-1-48123456789-abcd1234 30',
    ]);
    expect([...written.keys()].sort()).toEqual(
      [...unsigned.keys()].map((name) => (name === STATEMENT_NAME ? BUNDLE_NAME : name)).sort(),
    );
    const bundle = JSON.parse(text(written.get(BUNDLE_NAME)));
    expect(atob(bundle.dsseEnvelope.payload)).toBe(text(unsigned.get(STATEMENT_NAME)));
    const verdict = await verifyEvidence(written, { kind: 'key', pem: key.publicPem }, {});
    expect(verdict).toMatchObject({ authentic: true, matches: true });
  });

  it('a record without a verified token is signed when the job said the same run of itself', async () => {
    const record = startedRecord();
    record.fail(new PassportError('ERR_POLICY_UNAVAILABLE', 'no answer'));
    record.finish(new Date());
    const iss = 'https://token.actions.githubusercontent.com';
    const { result, asked } = await signing(await leftOf(record), { claims: { iss } });
    expect(result).toMatchObject({ artifact: { id: '8' } });
    // Nothing recorded says whom to ask: the server's own issuer.
    expect(asked[1]).toBe(`token ${iss} dbt-passport/sign`);
  });
});

describe('whom the signing job asks who it is', () => {
  it.each([
    ['https://token.actions.githubusercontent.com/acme', 'https://token.actions.githubusercontent.com/acme'],
    ['https://ghes.example.com/_services/token', 'https://token.actions.githubusercontent.com'],
    ['https://token.actions.evil.ghe.com', 'https://token.actions.githubusercontent.com'],
    ['https://evil.example.com', 'https://token.actions.githubusercontent.com'],
  ])('a record of the issuer %s: %s', async (recorded, asks) => {
    const { asked, result } = await signing(
      await edited(new RegExp(`"${issuer.issuer}"`, 'g'), `"${recorded}"`),
    );
    expect(asked[1]).toBe(`token ${asks} dbt-passport/sign`);
    expect(result).toMatchObject({ code: 'ERR_TOKEN_INVALID' });
  });
});

describe('X06 what is never signed', () => {
  it.each<[string, string, RegExp, (files: Files) => void]>([
    [
      'a file more',
      'RECORD',
      /no-extra-files: not signed: extra\.txt/,
      (all) => all.set('extra.txt', bytes('x')),
    ],
    [
      'a changed file',
      'RECORD',
      /subjects: policy\.yml was changed/,
      (all) => all.set('policy.yml', bytes('x')),
    ],
    [
      'a file less',
      'RECORD',
      /subjects: report\.html is signed but missing/,
      (all) => all.delete('report.html'),
    ],
    ['a name that leaves the folder', 'RECORD', /names: /, (all) => all.set('../x', bytes('x'))],
    [
      'no statement',
      'NO_STATEMENT',
      /expected dbt-evidence\.statement\.json/,
      (all) => all.delete(STATEMENT_NAME),
    ],
    ['a signature', 'ALREADY_SIGNED', /it is signed already/, (all) => all.set(BUNDLE_NAME, bytes('{}'))],
    ['no JSON', 'RECORD', /statement: /, (all) => all.set(STATEMENT_NAME, bytes('x'))],
  ])('%s', async (_, reason, words, change) => {
    change(unsigned);
    const error = await refusal(unsigned);
    expect(error).toMatchObject({ code: 'ERR_RECORD_REFUSED', reason, stage: 'sign' });
    expect(error.message).toMatch(words);
    expect(error.hint).toContain('artifact-digest');
  });

  it.each([
    ['another type', '"predicateType":"', '"predicateType":"x', 'RECORD', /statement: predicateType/],
    ['a key twice', '"status":', '"status":"failed","status":', 'RECORD', /statement: /],
    ['a contradiction', '"exitCode":0', '"exitCode":1', 'RECORD', /status: /],
    [
      'a run that has yet to end',
      /"finishedAt":"2026/,
      '"finishedAt":"2999',
      'RECORD',
      /time: signed at .* before the run ended/,
    ],
    [
      'a run that ended in a month that is none, which no time is after',
      /"finishedAt":"2026-\d\d/,
      '"finishedAt":"2026-13',
      'RECORD',
      /statement: predicate\.finishedAt/,
    ],
    ['another repository', /"704512345"/g, '"1"', 'OTHER_RUN', /repository_id is "1" in the record/],
    ['another commit', /a3f1c9d2/g, '00000000', 'OTHER_RUN', /sha is "0{8}/],
    ['another run', /19182736455/g, '1', 'OTHER_RUN', /run_id is "1"/],
    [
      'another workflow',
      /"workflow_ref":"acme/,
      '"workflow_ref":"evil',
      'OTHER_RUN',
      /workflow_ref is "evil/,
    ],
    ['another actor', /"5550123"/g, '"1"', 'OTHER_RUN', /actor_id is "1"/],
    [
      'another server',
      '"serverUrl":"https://github.com"',
      '"serverUrl":"https://a.ghe.com"',
      'OTHER_RUN',
      /the server is/,
    ],
  ] as const)('a statement of %s', async (_, from, to, reason, words) => {
    const error = await refusal(await edited(from, to));
    expect(error).toMatchObject({ code: 'ERR_RECORD_REFUSED', reason });
    expect(error.message).toMatch(words);
  });

  const wrong = (changed: string) => changed.replace('ref: refs/heads/main', 'ref: refs/heads/release');
  const audit: Partial<Decision> = { allow: false, rule: null, audit: { rule: 'nightly-main' } };
  const reasons = [
    { code: 'REF', rule: '', claim: 'ref', expected: '', actual: '', cause: '', fix: '' },
  ] as const;
  it.each<[string, (policy: string) => string, Partial<Decision>, RegExp]>([
    ['as allowed', wrong, {}, /a run that rule nightly-main allows, its policy makes it one that is denied/],
    [
      'as allowed, in audit mode',
      (text) => wrong(`mode: audit\n${text}`),
      {},
      /allows, its policy makes it one that audit mode lets go on under rule nightly-main/,
    ],
    [
      'as let go on by audit mode, where the deny list names the actor',
      (text) => `mode: audit\n${text}deny: { actor_id: ["5550123"] }\n`,
      { ...audit, reasons },
      /audit mode lets go on under rule nightly-main, its policy makes it one that is denied/,
    ],
    ['as allowed by something that is no policy', () => 'rules: [{ id: nightly-main }]\n', {}, /missing key/],
  ])('a denied run %s', async (_, change, decided, words) => {
    const error = await refusal(await left(undefined, change(policy()), decided));
    expect(error).toMatchObject({ code: 'ERR_RECORD_REFUSED', reason: 'OTHER_DECISION' });
    expect(error.message).toMatch(words);
  });

  it('but a run that audit mode let go on is', async () => {
    const written = wrong(`mode: audit\n${policy()}`);
    const { result } = await signing(await left(undefined, written, { ...audit, reasons }));
    expect(result).toMatchObject({ predicate: { audit: { rule: 'nightly-main' } } });
  });

  it('a record of an earlier attempt: the hint says to run all jobs again', async () => {
    const error = await refusal(unsigned, { claims: { run_attempt: '2' }, variables: { RUN_ATTEMPT: '2' } });
    expect(error).toMatchObject({ reason: 'OTHER_RUN', hint: expect.stringContaining('run all jobs again') });
  });

  it('anything, when the token is not of this job', async () => {
    const error = await refusal(unsigned, { claims: { run_id: '1' } });
    expect(error.code).toBe('ERR_CONTEXT_MISMATCH');
  });

  it('with a certificate that would name the file in which dbt ran; a held key names none', async () => {
    const claims = {
      job_workflow_ref: claimOf('job_workflow_ref').replace('refs/heads/main', 'refs/tags/v9'),
    };
    const error = await refusal(unsigned, { claims });
    expect(error).toMatchObject({ code: 'ERR_RECORD_REFUSED', reason: 'SAME_FILE' });
    const { result } = await signing(unsigned, { claims, inputs: { 'signing-key': 'PEM' } });
    expect(result).toMatchObject({ artifact: { id: '8' } });
  });
});
