import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clouds } from '../../src/credentials/clouds.ts';
import { NO_CREDENTIAL_FILES } from '../../src/credentials/credential-files.ts';
import type { DbtInvocation } from '../../src/dbt/invocation.ts';
import { readInputs } from '../../src/inputs.ts';
import { jobOf } from '../../src/job.ts';
import type { DbtSession, Ports } from '../../src/ports.ts';
import type { Request } from '../../src/request.ts';
import { Secret } from '../../src/secret.ts';
import type { Issuer } from './issuer.ts';
import { EXAMPLE, POLICY } from './passport.ts';
import { checkoutOf, ENGINE } from './records.ts';

/** What the pipeline asked of the outside world, in order. */
export interface Asked {
  readonly calls: string[];
  readonly written: Map<string, Uint8Array>;
  readonly uploads: string[][];
}

/** Ports that remember what was asked. The policy and the token are real; dbt does nothing and leaves `files`. */
export async function rememberingPorts(
  issuer: Issuer,
  dbtFiles: DbtInvocation['files'] = [],
): Promise<{ ports: Ports; asked: Asked; token: () => string }> {
  const asked: Asked = { calls: [], written: new Map(), uploads: [] };
  const note = <T>(call: string, answer: T): T => {
    asked.calls.push(call);
    return answer;
  };
  const policy = (await readFile(join(EXAMPLE, 'policy.yml'), 'utf8')).replace(
    /^issuer: .*$/m,
    `issuer: ${issuer.issuer}`,
  );
  let token = '';
  const ports: Ports = {
    clock: () => new Date(),
    policy: async () => note('policy', { bytes: new TextEncoder().encode(policy), source: POLICY }),
    idToken: () => async (audience) => {
      token = await issuer.mint({ audience });
      return note(`token ${audience}`, new Secret(token));
    },
    jwks: async () => note('jwks', { keys: [issuer.key().publicJwk] }),
    attempt: async () => note('attempt', { doubt: 'no-token', answer: '' }),
    checkout: {
      compare: async (asked) => note('checkout', checkoutOf(asked.commit)),
      contents: async () => new Map(),
    },
    dbt: async () => note('dbt', session(note, dbtFiles)),
    clouds: () => NO_CLOUD,
    vault: async () => ({
      broker: { serve: async () => note('broker', { url: '', authorization: new Secret('') }) },
      snowflakeRelay: async () => note('relay', { port: 0, close: async () => {} }),
      files: { write: async (name) => note(`file ${name}`, name) },
      close: async () => {},
    }),
    timing: { now: () => new Date(), sleep: async () => {}, random: () => 0 },
    mask: () => {},
    evidenceFolder: async () => ({
      path: '/evidence',
      write: async (name, bytes) => void asked.written.set(name, bytes),
    }),
    signer: () => async () => note('sign', { bundle: '{}', signer: { mode: 'key', identity: 'test' } }),
    artifacts: async ({ files }) => {
      asked.uploads.push([...files]);
      return note('upload', { id: '1', url: 'https://github.com/x', digest: `sha256:${'0'.repeat(64)}` });
    },
    say: () => {},
    warn: () => {},
    cancelled: new AbortController().signal,
  };
  return { ports, asked, token: () => token };
}

const unreachable = async () => {
  throw new Error('no test of these ports reaches a cloud');
};
const NO_CLOUD: Clouds = {
  assumeRoleWithWebIdentity: unreachable,
  assumeRole: unreachable,
  googleExchange: unreachable,
  impersonate: unreachable,
  googleIdentity: unreachable,
  snowflakeIdentity: unreachable,
  oauthToken: unreachable,
  rdsPassword: unreachable,
};

const MANIFEST = new TextEncoder().encode(
  JSON.stringify({ metadata: { invocation_id: 'i' }, nodes: {}, sources: {} }),
);

function session(note: <T>(call: string, answer: T) => T, files: DbtInvocation['files']): DbtSession {
  return {
    flagFiles: { project: null, user: null },
    leave: async () => null,
    engine: { ...ENGINE, adapters: { ...ENGINE.adapters, postgres: '1.11.0' } },
    list: async () => note('list', []),
    manifest: async () => MANIFEST,
    invoke: async (command) => {
      const at = new Date().toISOString();
      return note(`invoke ${command.name}`, {
        command,
        exitCode: 0,
        signal: null,
        invocationId: 'i',
        startedAt: at,
        finishedAt: at,
        files: [{ name: 'manifest.json', bytes: MANIFEST }, ...files],
      });
    },
    close: async () => note('close', undefined),
  };
}

/** A request of the example's production job, with the inputs' defaults. */
export function request(github: Readonly<Record<string, string>>): Request {
  return {
    inputs: readInputs((name) => (name === 'policy' ? POLICY : '')),
    job: jobOf(github),
    project: { path: EXAMPLE, inRepository: '.' },
    traceparent: undefined,
    nonce: '0a1b2c3d',
    allowLoopback: true,
    endpoints: {},
    environment: {},
    files: NO_CREDENTIAL_FILES,
  };
}
