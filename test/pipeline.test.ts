import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PassportError } from '../src/errors.ts';
import { buildPredicate } from '../src/evidence/build-predicate.ts';
import { exitCodeOf, outputsOf } from '../src/outputs.ts';
import { passport } from '../src/pipeline.ts';
import type { DbtSetup, Ports } from '../src/ports.ts';
import type { Request } from '../src/request.ts';
import { Secret } from '../src/secret.ts';
import { githubClaims } from './support/claims.ts';
import { type Issuer, startIssuer } from './support/issuer.ts';
import { PRODUCTION } from './support/passport.ts';
import { rememberingPorts, request } from './support/ports.ts';

const GITHUB = Object.fromEntries([
  ...Object.entries(githubClaims(PRODUCTION)).map(([name, value]) => [
    `GITHUB_${name.toUpperCase()}`,
    String(value),
  ]),
  ['GITHUB_JOB', 'nightly'],
  ['GITHUB_SERVER_URL', 'https://github.com'],
]);

describe('the pipeline', () => {
  let issuer: Issuer;
  beforeAll(async () => {
    issuer = await startIssuer();
  });
  beforeEach(() => issuer.setClaims(PRODUCTION));
  afterAll(() => issuer.close());

  it('asks in order: policy, token, keys, plan, dbt, and publishes what it knows', async () => {
    const { ports, asked } = await rememberingPorts(issuer);
    const { record, error } = await passport(request(GITHUB), ports);
    expect(error).toBeNull();
    expect(record.status).toBe('succeeded');
    expect(asked.calls).toEqual([
      'policy',
      'token dbt-passport/jaffle-shop',
      'jwks',
      'checkout',
      'dbt',
      'list',
      'invoke build',
      'close',
      'sign',
      'upload',
    ]);
  });

  it('denied: nothing is asked but to publish', async () => {
    issuer.setClaims({ ...PRODUCTION, environment: 'other' });
    const { ports, asked } = await rememberingPorts(issuer);
    const { record, error } = await passport(request(GITHUB), ports);
    expect(record.status).toBe('denied');
    expect(error).toMatchObject({ code: 'ERR_POLICY_DENIED', reason: 'ENVIRONMENT' });
    expect(asked.calls.slice(3)).toEqual(['sign', 'upload']);
    expect([...asked.written.keys()]).toEqual([
      'policy.yml',
      'decision.json',
      'report.html',
      'dbt-evidence.sigstore.json',
    ]);
  });

  it('P11 an older policy than the workflow takes ends the run before a token is asked for', async () => {
    const { ports, asked } = await rememberingPorts(issuer);
    const asking = request(GITHUB);
    const held = { ...asking, inputs: { ...asking.inputs, policyPins: { minSerial: 1_000_000 } } };
    const { record, error } = await passport(held, ports);
    expect(error).toMatchObject({ code: 'ERR_POLICY_UNTRUSTED', reason: 'POLICY_SERIAL' });
    expect(asked.calls.slice(0, 2)).toEqual(['policy', 'sign']);
    expect([record.status, exitCodeOf({ record, error })]).toEqual(['failed', 1]);
    const { policy, refusedPolicy } = buildPredicate(record);
    const { source, sha256 } = record.facts.askedPolicy?.found ?? {};
    expect(policy).toBeUndefined();
    expect(refusedPolicy).toEqual({
      reference: asking.inputs.policy,
      demanded: { minSerial: 1_000_000 },
      source,
      sha256,
    });
    expect([source, sha256]).toEqual([expect.stringContaining('@'), expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(asked.written.has('policy.yml')).toBe(false);
  });

  it('P12 a policy that did not come is in the record by its reference', async () => {
    const { ports } = await rememberingPorts(issuer);
    const policy: Ports['policy'] = async () => {
      throw new PassportError('ERR_POLICY_UNTRUSTED', 'a commit of a fork', { reason: 'POLICY_REF' });
    };
    const { record } = await passport(request(GITHUB), { ...ports, policy });
    const { refusedPolicy } = buildPredicate(record);
    expect(refusedPolicy).toEqual({ reference: request(GITHUB).inputs.policy, demanded: {} });
  });

  it('a dbt without the adapter of the grant is refused before it plans anything', async () => {
    const { ports, asked } = await rememberingPorts(issuer);
    const bare: Ports = {
      ...ports,
      dbt: async (setup) => {
        const session = await ports.dbt(setup);
        return { ...session, engine: { ...session.engine, adapters: { snowflake: '1.12.3' } } };
      },
    };
    const { error } = await passport(request(GITHUB), bare);
    expect(error).toMatchObject({ code: 'ERR_DBT_UNAVAILABLE', reason: 'ADAPTER' });
    expect(asked.calls.slice(3)).toEqual(['checkout', 'dbt', 'close', 'sign', 'upload']);
  });

  it('an issued token in a file of dbt stops everything: nothing is written, signed or uploaded', async () => {
    const files: { name: string; bytes: Uint8Array }[] = [];
    const { ports, asked, token } = await rememberingPorts(issuer, files);
    const leaking: Ports = {
      ...ports,
      dbt: async (setup) => {
        files.push({ name: 'dbt.log', bytes: new TextEncoder().encode(`it was ${btoa(token())}`) });
        return await ports.dbt(setup);
      },
    };
    const conclusion = await passport(request(GITHUB), leaking);
    const { published, error } = conclusion;
    expect(error).toMatchObject({ code: 'ERR_EVIDENCE_HOLDS_SECRET' });
    expect(String(error)).toContain('dbt.log');
    expect(String(error)).not.toContain(token().split('.')[2]);
    expect(published).toBeNull();
    expect(asked.written.size).toBe(0);
    expect(asked.calls).not.toContain('upload');
    expect(outputsOf(conclusion)).toMatchObject({ status: 'failed', 'evidence-path': '', 'artifact-id': '' });
    expect(exitCodeOf(conclusion)).toBe(1);
  });

  it('a failing upload never replaces the denial: both are reported, the denial first', async () => {
    issuer.setClaims({ ...PRODUCTION, environment: 'other' });
    const { ports } = await rememberingPorts(issuer);
    const broken: Ports = {
      ...ports,
      artifacts: async () => {
        throw new PassportError('ERR_UPLOAD_FAILED', 'the storage is away');
      },
    };
    const { error } = await passport(request(GITHUB), broken);
    expect(error).toBeInstanceOf(AggregateError);
    expect((error as AggregateError).errors.map(({ code }) => code)).toEqual([
      'ERR_POLICY_DENIED',
      'ERR_UPLOAD_FAILED',
    ]);
  });

  it('a server that stores no artifacts does not fail the run: the outputs of the artifact stay empty', async () => {
    const { ports, asked } = await rememberingPorts(issuer);
    const conclusion = await passport(request(GITHUB), { ...ports, artifacts: async () => null });
    expect(conclusion.error).toBeNull();
    expect(exitCodeOf(conclusion)).toBe(0);
    expect(asked.written.size).toBeGreaterThan(0);
    expect(outputsOf(conclusion)).toMatchObject({
      status: 'succeeded',
      'evidence-path': '/evidence',
      'artifact-id': '',
      'artifact-url': '',
      'artifact-digest': '',
    });
  });

  it('a failing signature loses nothing: the files are uploaded, and the run is not good', async () => {
    const { ports, asked } = await rememberingPorts(issuer);
    const unsigned: Ports = {
      ...ports,
      signer: () => {
        throw new PassportError('ERR_ID_TOKEN_UNAVAILABLE', 'no token');
      },
    };
    const { error, published } = await passport(request(GITHUB), unsigned);
    expect(error).toMatchObject({ code: 'ERR_SIGN_FAILED' });
    expect(published?.artifact?.id).toBe('1');
    expect(asked.uploads[0]).not.toContain('dbt-evidence.sigstore.json');
  });

  it('dbt gets the time limit, the profile and only the allowed environment of the rule', async () => {
    const { ports } = await rememberingPorts(issuer);
    const setups: DbtSetup[] = [];
    const asked: Request = {
      ...request(GITHUB),
      environment: { PATH: '/bin', AWS_SECRET_ACCESS_KEY: 'canary', ACTIONS_RUNTIME_TOKEN: 'canary-token' },
    };
    const dbt: Ports['dbt'] = (setup) => {
      setups.push(setup);
      return ports.dbt(setup);
    };
    await passport(asked, { ...ports, dbt });
    expect(setups).toHaveLength(1);
    expect(setups[0]).toMatchObject({ timeoutSeconds: 30 * 60, projectDir: asked.project.path });
    expect(setups[0]?.profiles).toContain('target: production');
    expect(setups[0]?.env).toMatchObject({ PATH: '/bin', DBT_ENV_CUSTOM_ENV_ACTOR: 'octocat' });
    expect(JSON.stringify(setups[0]?.env)).not.toContain('canary');
  });

  it('FF-A3 a later line that ends otherwise than by dbt loses no lineage of what ran before it', async () => {
    const { ports } = await rememberingPorts(issuer);
    const asking = request(GITHUB);
    const lines = { ...asking, inputs: { ...asking.inputs, command: 'build\ntest' } };
    const { record, error } = await passport(lines, {
      ...ports,
      dbt: async (setup) => {
        const session = await ports.dbt(setup);
        const invoke: typeof session.invoke = async (command, variables) => {
          if (command.name === 'test') throw new PassportError('ERR_DBT_PLAN_FAILED', 'no answer');
          return await session.invoke(command, variables);
        };
        return { ...session, invoke };
      },
    });
    expect(error).toMatchObject({ code: 'ERR_DBT_PLAN_FAILED' });
    expect(record.facts.runs).toHaveLength(1);
    expect(record.facts.lineage).toBeDefined();
    expect(record.facts.events?.length).toBeGreaterThan(0);
  });

  it('dbt is closed when the plan fails', async () => {
    const { ports, asked } = await rememberingPorts(issuer);
    const failing: Ports = {
      ...ports,
      dbt: async (setup) => ({
        ...(await ports.dbt(setup)),
        list: async () => {
          throw new PassportError('ERR_DBT_PLAN_FAILED', 'parsing error');
        },
      }),
    };
    const { error, record } = await passport(request(GITHUB), failing);
    expect(error).toMatchObject({ code: 'ERR_DBT_PLAN_FAILED' });
    expect(record.status).toBe('failed');
    expect(asked.calls).toContain('close');
  });

  it('a cancelled run is recorded as cancelled and published', async () => {
    const { ports, asked } = await rememberingPorts(issuer);
    const { record } = await passport(request(GITHUB), { ...ports, cancelled: AbortSignal.abort('SIGINT') });
    expect(record.status).toBe('cancelled');
    expect(asked.calls).toContain('upload');
  });

  it.each(['signing key', 'policy token', 'ACTIONS_RUNTIME_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'])(
    "X01 the step's own %s, which dbt's code can read from the memory of the runner, is not uploaded",
    async (held) => {
      const value = `own-secret-of-${held}`.replaceAll(' ', '-');
      const files = [{ name: 'dbt.log', bytes: new TextEncoder().encode(`it was ${value}`) }];
      const { ports, asked } = await rememberingPorts(issuer, files);
      const asks = request(GITHUB);
      const inputs = {
        ...asks.inputs,
        ...(held === 'signing key' && { signingKey: new Secret(value) }),
        ...(held === 'policy token' && { policyToken: new Secret(value) }),
      };
      const { error } = await passport({ ...asks, inputs, environment: { [held]: value } }, ports);
      expect(error).toMatchObject({ code: 'ERR_EVIDENCE_HOLDS_SECRET' });
      expect(asked.calls).not.toContain('upload');
    },
  );

  it('what refused a run is not replaced by a folder that cannot be removed', async () => {
    const { ports } = await rememberingPorts(issuer);
    const failing: Ports = {
      ...ports,
      dbt: async (setup) => ({
        ...(await ports.dbt(setup)),
        list: async () => {
          throw new PassportError('ERR_DBT_SELECTION_FORBIDDEN', 'not in the rule');
        },
        close: async () => {
          throw new Error('EACCES');
        },
      }),
    };
    const { record } = await passport(request(GITHUB), failing);
    expect(record.failure).toMatchObject({ code: 'ERR_DBT_SELECTION_FORBIDDEN' });
    expect(record.status).toBe('denied');
  });

  it('cancelled before dbt: dbt is not started any more', async () => {
    const { ports, asked } = await rememberingPorts(issuer);
    const { record } = await passport(request(GITHUB), { ...ports, cancelled: AbortSignal.abort('SIGINT') });
    expect(record.status).toBe('cancelled');
    expect(asked.calls).not.toContain('dbt');
  });

  it('cancelled while planning: dbt gets no credential and runs nothing', async () => {
    const cancellation = new AbortController();
    const { ports, asked } = await rememberingPorts(issuer);
    const slow: Ports = {
      ...ports,
      cancelled: cancellation.signal,
      dbt: async (setup) => {
        cancellation.abort('SIGTERM');
        return await ports.dbt(setup);
      },
    };
    const { record } = await passport(request(GITHUB), slow);
    expect(record.status).toBe('cancelled');
    expect(record.facts.credentials).toBeUndefined();
    expect(asked.calls).not.toContain('invoke build');
    expect(asked.calls).toContain('upload');
  });

  it('X01 a DBT_ENV_SECRET that the rule names is searched for in the artifact too', async () => {
    const files = [{ name: 'dbt.log', bytes: new TextEncoder().encode('clone https://ghp_0123456789@x') }];
    const { ports, asked } = await rememberingPorts(issuer, files);
    const policy: Ports['policy'] = async (reference) => {
      const { bytes, source } = await ports.policy(reference);
      const text = new TextDecoder()
        .decode(bytes)
        .replace(/^( +)dbt:/m, '$1dbt:\n$1  env: [DBT_ENV_SECRET_GIT]');
      return { bytes: new TextEncoder().encode(text), source };
    };
    const environment = { DBT_ENV_SECRET_GIT: 'ghp_0123456789' };
    const { error } = await passport({ ...request(GITHUB), environment }, { ...ports, policy });
    expect(error).toMatchObject({ code: 'ERR_EVIDENCE_HOLDS_SECRET' });
    expect(asked.calls).not.toContain('upload');
  });

  const policyOf =
    (ports: Ports, change: (text: string) => string): Ports['policy'] =>
    async (reference) => {
      const { bytes, source } = await ports.policy(reference);
      return { bytes: new TextEncoder().encode(change(new TextDecoder().decode(bytes))), source };
    };
  const inRule = (line: string) => (text: string) => text.replace(/^( +)dbt:/m, `$1${line}\n$1dbt:`);
  const mode = (mode: 'dry-run' | 'auth-only'): Request => {
    const asks = request(GITHUB);
    return { ...asks, inputs: { ...asks.inputs, mode } };
  };

  it('auth-only: decides and exchanges, without dbt and whatever the command is', async () => {
    const { ports, asked } = await rememberingPorts(issuer);
    const asks = mode('auth-only');
    const inputs = { ...asks.inputs, command: 'run-operation drop_everything' };
    const conclusion = await passport({ ...asks, inputs }, ports);
    expect(conclusion.error).toBeNull();
    expect(conclusion.record.status).toBe('auth-only');
    expect(conclusion.record.facts.credentialsEndedAt).toBeDefined();
    expect(asked.calls.slice(3)).toEqual(['sign', 'upload']);
    expect(outputsOf(conclusion)).toMatchObject({ status: 'auth-only', 'dbt-exit-code': '' });
    expect(exitCodeOf(conclusion)).toBe(0);
  });

  it('dry-run: plans, and takes no credential', async () => {
    const { ports, asked } = await rememberingPorts(issuer);
    const { record } = await passport(mode('dry-run'), ports);
    expect(record.status).toBe('dry-run');
    expect(record.facts.credentials).toBeUndefined();
    expect(asked.calls).toContain('list');
    expect(asked.calls).not.toContain('invoke build');
  });

  it('E05: long-lived keys are kept from dbt and on record, by name only', async () => {
    const { ports, asked } = await rememberingPorts(issuer);
    const environment = { SNOWFLAKE_PASSWORD: 'canary-canary', DBT_PASSWORD: 'canary-canary' };
    const setups: DbtSetup[] = [];
    const dbt: Ports['dbt'] = (setup) => {
      setups.push(setup);
      return ports.dbt(setup);
    };
    const { record } = await passport({ ...request(GITHUB), environment }, { ...ports, dbt });
    expect(record.status).toBe('succeeded');
    expect(record.facts.staticCredentials?.map(({ variable, outcome }) => [variable, outcome])).toEqual([
      ['DBT_PASSWORD', 'scrubbed'],
      ['SNOWFLAKE_PASSWORD', 'scrubbed'],
    ]);
    const kept = [...asked.written.values()].map((bytes) => new TextDecoder().decode(bytes)).join();
    expect(kept).toContain('SNOWFLAKE_PASSWORD');
    expect(kept + JSON.stringify(setups)).not.toContain('canary-canary');
  });

  it('E05: a rule that refuses long-lived keys stops the run before dbt and before any exchange', async () => {
    const { ports, asked } = await rememberingPorts(issuer);
    const files = {
      profiles: { path: 'profiles.yml', text: 'shop:\n  outputs:\n    prod: { password: canary-canary }\n' },
      google: null,
    };
    const policy = policyOf(ports, inRule('static_credentials: refuse'));
    const { record, error } = await passport({ ...request(GITHUB), files }, { ...ports, policy });
    expect(error).toMatchObject({
      code: 'ERR_STATIC_CREDENTIAL',
      place: { file: 'profiles.yml', line: 3 },
    });
    expect(String(error)).toContain('shop.outputs.prod.password (profiles.yml:3)');
    expect(record.status).toBe('failed');
    expect(record.facts.staticCredentials?.[0]?.outcome).toBe('refused');
    expect(asked.calls.slice(3)).toEqual(['sign', 'upload']);
  });

  describe('ambient credentials', () => {
    const ambient = (text: string) =>
      inRule('credentials: ambient')(text).replace(
        /^( {2}\S+: )\{ kind: duckdb.*$/m,
        '$1{ kind: postgres, host: db.example, database: shop, user: dbt, schema: core, aws: { role_arn: "arn:aws:iam::111122223333:role/dbt", region: eu-central-1 } }',
      );

    it('pass to dbt while it runs, are masked, and are labelled in the record', async () => {
      const { ports } = await rememberingPorts(issuer);
      const masked: string[] = [];
      const given: string[] = [];
      const watched: Ports = {
        ...ports,
        policy: policyOf(ports, ambient),
        mask: (secret) => void masked.push(secret.reveal()),
        dbt: async (setup) => {
          const session = await ports.dbt(setup);
          return {
            ...session,
            invoke: (command, variables) => {
              given.push(...variables.keys());
              return session.invoke(command, variables);
            },
          };
        },
      };
      const environment = { PGPASSWORD: 'correct-horse', AWS_SECRET_ACCESS_KEY: 'another-horse' };
      const { record, error } = await passport({ ...request(GITHUB), environment }, watched);
      expect(error).toBeNull();
      expect(given).toEqual(['DBT_ENV_SECRET_PASSPORT_POSTGRES_PASSWORD']);
      expect(masked).toEqual(['correct-horse']);
      expect(record.facts.credentials).toMatchObject([{ provider: 'ambient', expiresAt: '' }]);
      expect(record.facts.staticCredentials?.map(({ outcome }) => outcome)).toEqual(['scrubbed', 'passed']);
    });

    it('X01 are searched for in the artifact', async () => {
      const files = [{ name: 'dbt.log', bytes: new TextEncoder().encode('password=correct-horse') }];
      const { ports, asked } = await rememberingPorts(issuer, files);
      const environment = { PGPASSWORD: 'correct-horse' };
      const policy = policyOf(ports, ambient);
      const { error } = await passport({ ...request(GITHUB), environment }, { ...ports, policy });
      expect(error).toMatchObject({ code: 'ERR_EVIDENCE_HOLDS_SECRET' });
      expect(asked.calls).not.toContain('upload');
    });

    it('that are missing stop the run before dbt runs anything', async () => {
      const { ports, asked } = await rememberingPorts(issuer);
      const { error } = await passport(request(GITHUB), { ...ports, policy: policyOf(ports, ambient) });
      expect(error).toMatchObject({ code: 'ERR_CREDENTIAL_UNAVAILABLE' });
      expect(String(error)).toContain('PGPASSWORD');
      expect(asked.calls).not.toContain('invoke build');
    });
  });
});
