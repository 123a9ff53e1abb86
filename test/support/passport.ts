/**
 * The whole product against local peers: issuer, GitHub API and artifact service on loopback, the
 * built action started as the runner starts it, on a copy of the example project. Used by the
 * scenario tests, the benchmark and the demo.
 */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Endpoints } from '../../src/credentials/endpoints.ts';
import { type ArtifactService, startArtifactService } from './artifact-service.ts';
import type { ClaimOverrides } from './claims.ts';
import { asCheckout } from './git.ts';
import { type GitHubApi, startGitHubApi } from './github-api.ts';
import { type Issuer, startIssuer } from './issuer.ts';
import { type ActionCall, type ActionResult, REPOSITORY_ROOT, runAction } from './runner.ts';
import { dbtFor } from './tools.ts';

export const EXAMPLE = join(REPOSITORY_ROOT, 'examples', 'jaffle-shop');
/** A file of a central repository at a commit. */
export const POLICY = 'octo-sec/policies/jaffle-shop.yml@5ec0de5ec0de5ec0de5ec0de5ec0de5ec0de5ec0';
/** The default of the `policy` input: a file on the default branch of the job's own repository. */
export const OWN_POLICY =
  'octo-org/jaffle-shop/.github/dbt-passport.yml@c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00';
export const GITHUB_TOKEN = 'ghs_localtokenlocaltokenlocaltoken00';

/** The claims of the example's production job. */
export const PRODUCTION: ClaimOverrides = { environment: 'production' };

/** Services in the clouds' place. */
export interface CloudPeers {
  /** How the action and dbt reach them. */
  readonly endpoints?: Endpoints;
  /** The grant that leads to them, as YAML; takes the place of the example's. */
  readonly grant?: string;
  /** Every credential that they have issued so far. */
  readonly secrets?: () => readonly string[];
  close(): Promise<void>;
}

/** A service calls and awaits this when a credential is presented to it, before it answers. */
export type Presented = (secret: string) => Promise<void>;

export interface Setting<C extends CloudPeers = CloudPeers> {
  /** Changes the example's policy. */
  readonly policy?: (policy: string) => string;
  /** Life of the issuer's tokens in seconds; 300 when not given. */
  readonly tokenLife?: number;
  /** Starts the services in the clouds' place, which verify the tokens of `issuer`. */
  readonly clouds?: (issuer: Issuer, presented: Presented) => Promise<C>;
}

export interface Peers<C extends CloudPeers = CloudPeers> {
  readonly issuer: Issuer;
  readonly github: GitHubApi;
  readonly artifacts: ArtifactService;
  readonly clouds: C | undefined;
  /** A signing key of this session. */
  readonly key: { readonly privatePem: string; readonly publicPem: string };
  /** Who is told of each credential that is presented to a service in a cloud's place. */
  onPresented(listener: Presented): void;
  close(): Promise<void>;
}

/** Starts the peers; the example's policy, with the local issuer in GitHub's place, is what the API serves. */
export async function startPeers<C extends CloudPeers>(setting: Setting<C> = {}): Promise<Peers<C>> {
  const { tokenLife: life, policy: change = (policy: string) => policy } = setting;
  const issuer = await startIssuer({ claims: PRODUCTION, ...(life && { life }) });
  let listener: Presented = async () => {};
  const clouds = await setting.clouds?.(issuer, (secret) => listener(secret));
  const example = await readFile(join(EXAMPLE, 'policy.yml'), 'utf8');
  const local = example.replace('https://token.actions.githubusercontent.com', issuer.issuer);
  const policy = change(clouds?.grant === undefined ? local : withGrant(clouds.grant)(local));
  const files = { [POLICY]: policy, [OWN_POLICY]: policy };
  const github = await startGitHubApi({ files, token: GITHUB_TOKEN });
  const artifacts = await startArtifactService();
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    issuer,
    github,
    artifacts,
    clouds,
    key: {
      privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }) as string,
    },
    onPresented: (next) => {
      listener = next;
    },
    close: async () => {
      await Promise.all([issuer.close(), github.close(), artifacts.close(), clouds?.close()]);
    },
  };
}

/** Puts another grant in the place of the example's: the YAML below its name, from the first column on. */
export function withGrant(yaml: string): (policy: string) => string {
  const below = yaml.trim().replace(/^/gm, '    ');
  return (policy) => {
    const changed = policy.replace(/^ {2}warehouse: \{.*\}$/m, () => `  warehouse:\n${below}`);
    if (changed === policy) throw new Error('the policy has no grant in one line to replace');
    return changed;
  };
}

/**
 * `example`: the jaffle shop. `small`: two seeds, two models and a test of it, which dbt reads and builds in much less
 * time, for runs in which the project is not what matters.
 */
export type Project = 'example' | 'small';

const PROJECTS = { example: EXAMPLE, small: join(REPOSITORY_ROOT, 'test', 'support', 'small-shop') };

/** A fresh copy of a project, as a checkout would leave it. */
export async function checkout(
  project: Project = 'example',
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'workspace-'));
  const source = PROJECTS[project];
  const left = new Set(['target', 'logs', 'jaffle_shop.duckdb'].map((name) => join(source, name)));
  await cp(source, path, { recursive: true, filter: (file) => !left.has(file) });
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** What GitHub puts into both the token and the job's context. */
const IN_CONTEXT =
  `repository repository_id repository_owner repository_owner_id ref ref_type ref_protected sha
  event_name head_ref base_ref actor actor_id run_id run_attempt workflow workflow_ref workflow_sha`.split(
    /\s+/,
  );

export interface PassportCall extends Partial<Omit<ActionCall, 'workspace'>> {
  /**
   * Claims of the job, over the production job's: they go into its tokens and its context alike. Without `sha`, whatever is in
   * the workspace is committed first, and that is the commit.
   */
  readonly claims?: ClaimOverrides;
}

/** The call of the action as a job on GitHub would make it, with the peers in the cloud's place. */
export function passportCall(peers: Peers, workspace: string, call: PassportCall = {}): ActionCall {
  const commit =
    existsSync(workspace) && call.claims?.sha === undefined ? { sha: asCheckout(workspace) } : {};
  const claims = { ...PRODUCTION, ...commit, ...call.claims };
  peers.issuer.setClaims(claims);
  const shared = Object.entries(claims).filter(([name]) => IN_CONTEXT.includes(name));
  return {
    ...call,
    workspace,
    token: GITHUB_TOKEN,
    inputs: {
      policy: POLICY,
      dbt: dbtFor('duckdb') ?? '',
      'signing-key': peers.key.privatePem,
      ...call.inputs,
    },
    github: {
      api_url: peers.github.url,
      ...Object.fromEntries(shared.map(([name, value]) => [name, String(value)])),
      ...call.github,
    },
    env: {
      DBT_PASSPORT_LOOPBACK: 'true',
      ACTIONS_ID_TOKEN_REQUEST_URL: peers.issuer.requestUrl,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: peers.issuer.requestToken,
      ...peers.artifacts.env,
      ...(peers.clouds?.endpoints && {
        DBT_PASSPORT_LOOPBACK_ENDPOINTS: JSON.stringify(peers.clouds.endpoints),
      }),
      ...call.env,
    },
  };
}

export async function passportRun(...call: Parameters<typeof passportCall>): Promise<ActionResult> {
  return await runAction(passportCall(...call));
}
