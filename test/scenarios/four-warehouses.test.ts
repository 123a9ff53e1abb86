import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ACCOUNT as ROLE_ACCOUNT, ROLE_ARN, SUBJECT, startAwsAccount } from '../support/aws-account.ts';
import { startBigQuery } from '../support/bigquery.ts';
import { startFakesnow } from '../support/fakesnow.ts';
import { startGoogle } from '../support/google.ts';
import { ACCOUNT, googleTrust, PROVIDER } from '../support/google-trust.ts';
import type { Issuer } from '../support/issuer.ts';
import { EXAMPLE, type Peers, type Presented } from '../support/passport.ts';
import { startPostgres } from '../support/postgres.ts';
import type { ActionResult } from '../support/runner.ts';
import { startSnowflake } from '../support/snowflake.ts';
import { describeWith } from '../support/tools.ts';
import { stage } from './scenario.ts';
import { verifyArtifact } from './verify-artifact.ts';

const [PROJECT, SCHEMA, USER, REGION] = ['acme-analytics', 'jaffle_shop', 'dbt_jaffle', 'eu-central-1'];
const USER_ARN = `arn:aws:rds-db:${REGION}:${ROLE_ACCOUNT}:dbuser:db-EXAMPLE/${USER}`;

async function postgresFront(issuer: Issuer, presented: Presented) {
  const sts = await startAwsAccount(issuer, { presented });
  const users = { [USER]: { arn: USER_ARN, roleArn: ROLE_ARN } };
  const postgres = await startPostgres({ region: REGION, users, sessions: () => sts.issued, presented });
  const { cluster } = postgres;
  await cluster.sql('postgres', `create role ${USER} login`);
  await cluster.sql('postgres', `create database analytics owner ${USER}`);
  return { sts, postgres };
}

async function googleFront(issuer: Issuer, presented: Presented) {
  const google = await startGoogle(googleTrust(issuer), { presented });
  const bigquery = await startBigQuery({
    ...{ google, presented, project: PROJECT, dataset: SCHEMA },
    readers: [`serviceAccount:${ACCOUNT}`],
  });
  return { google, bigquery };
}

async function snowflakeFront(issuer: Issuer, presented: Presented) {
  const fakesnow = await startFakesnow();
  const audiences = ['snowflakecomputing.com'];
  const identity = { type: 'OIDC', issuer: issuer.issuer, subject: SUBJECT, audiences } as const;
  const trust = { users: [{ name: 'DBT_PROD', roles: ['TRANSFORMER'], identity }] };
  return { fakesnow, snowflake: await startSnowflake({ trust, presented, fakesnow: fakesnow.url }) };
}

/** All warehouses at once, so that each run shows which of them it leaves alone. */
async function everywhere(issuer: Issuer, presented: Presented) {
  const { sts, postgres } = await postgresFront(issuer, presented);
  const { google, bigquery } = await googleFront(issuer, presented);
  const { fakesnow, snowflake } = await snowflakeFront(issuer, presented);
  const googleUrls = { googleSts: google.url, iamCredentials: google.url, googleOauth: google.url };
  return {
    ...{ sts, postgres, google, bigquery, snowflake },
    endpoints: { sts: sts.url, ...googleUrls, bigquery: bigquery.url, snowflake: snowflake.url },
    secrets: () => [
      ...sts.issued.flatMap(({ secretAccessKey, sessionToken }) => [secretAccessKey, sessionToken]),
      ...postgres.requests.map(({ password }) => password),
      ...google.issued,
      ...snowflake.issued,
    ],
    close: async () => {
      await Promise.all([postgres, google, bigquery, snowflake, fakesnow].map((peer) => peer.close()));
      await sts.close();
    },
  };
}

type Clouds = Awaited<ReturnType<typeof everywhere>>;

/** The example's policy with four grants; the rules name one of them. */
async function policyFor(grant: string, { issuer, clouds }: Peers<Clouds>): Promise<string> {
  const { host, port, rootCertificate } = clouds?.postgres ?? {};
  const role = `{ role_arn: "${ROLE_ARN}", region: ${REGION} }`;
  const server = `host: ${host}, port: "${port}", ssl_root_cert: "${rootCertificate}"`;
  const grants = `
  duckdb: { kind: duckdb, path: jaffle_shop.duckdb, schema: main }
  snowflake: { kind: snowflake, account: acme-warehouse, user: dbt_prod, role: transformer, warehouse: transforming, database: analytics, schema: ${SCHEMA} }
  bigquery: { kind: bigquery, project: ${PROJECT}, dataset: ${SCHEMA}, provider: ${PROVIDER}, service_account: ${ACCOUNT} }
  postgres: { kind: postgres, ${server}, database: analytics, schema: ${SCHEMA}, user: ${USER}, aws: ${role} }`;
  const example = await readFile(join(EXAMPLE, 'policy.yml'), 'utf8');
  return example
    .replace('https://token.actions.githubusercontent.com', issuer.issuer)
    .replace(/\n {2}warehouse: \{.*\}$/m, () => grants)
    .replaceAll('grants: [warehouse]', `grants: [${grant}]`);
}

/** Which services were asked for anything, and how often. */
function asked({ sts, postgres, google, bigquery, snowflake }: Clouds) {
  const services = { sts, postgres, google, bigquery, snowflake };
  const calls = Object.entries(services).map(([name, { requests }]) => [name, requests.length] as const);
  return Object.fromEntries(calls.filter(([, count]) => count > 0));
}

interface Results {
  readonly results: readonly { readonly unique_id: string; readonly status: string }[];
}

/** What the artifact says: the credentials, and each node with how it ended. */
async function proven(peers: Peers, run: ActionResult) {
  const { exitCode, text, files } = await verifyArtifact(peers, run);
  expect(exitCode, text).toBe(0);
  const bundle = JSON.parse(files.get('dbt-evidence.sigstore.json') ?? '{}');
  const { predicate } = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString());
  const [results] = [...files].filter(([name]) => name.endsWith('run_results.json'));
  const { results: nodes } = JSON.parse(results?.[1] ?? '{}') as Results;
  const facts: { provider: string; principal: string; route: string }[] = predicate.credentials;
  const credentials = facts.map(({ provider, principal, route }) => `${provider} ${principal}: ${route}`);
  return {
    credentials: [...new Set(credentials)],
    nodes: nodes.map(({ unique_id, status }) => `${unique_id} ${status}`).sort(),
  };
}

const SESSION = `aws arn:aws:sts::${ROLE_ACCOUNT}:assumed-role/passport/gh-456789-1746933707-1`;
const WAREHOUSES: readonly (readonly [grant: string, services: readonly string[], credentials: unknown])[] = [
  ['duckdb', [], []],
  ['snowflake', ['snowflake'], ['snowflake DBT_PROD: login check', 'snowflake DBT_PROD: login relay']],
  [
    'bigquery',
    ['google', 'bigquery'],
    [
      expect.stringMatching(/^google principalSet:.*: to impersonate the service account$/),
      `google ${ACCOUNT}: application default credentials`,
    ],
  ],
  [
    'postgres',
    ['sts', 'postgres'],
    [`${SESSION}: to sign passwords of the database`, `${SESSION}: password file`],
  ],
];

describeWith(
  ['warehouseDbt', 'fakesnow', 'crucible', 'postgres', 'moto'],
  'one project, one policy, one step',
  () => {
    const scene = stage({ dbt: 'warehouse', clouds: everywhere });

    it('builds the same nodes on four warehouses, when the grant of the rule alone changes', {
      timeout: 900_000,
    }, async () => {
      const built = new Map<string, readonly string[]>();
      let before: Readonly<Record<string, number>> = {};
      for (const [grant, services, credentials] of WAREHOUSES) {
        const content = Buffer.from(await policyFor(grant, scene.peers as Peers<Clouds>));
        const body = { type: 'file', encoding: 'base64', size: content.length };
        scene.peers.github.answerContents({ ...body, content: content.toString('base64') });
        const run = await scene.run({ timeoutMs: 170_000 });

        expect(run.exitCode, `${grant}: ${run.stdout}`).toBe(0);
        const proof = await proven(scene.peers, run);
        expect(proof.credentials, grant).toEqual(credentials);
        const now = asked(scene.clouds);
        const touched = Object.keys(now).filter((name) => now[name] !== before[name]);
        expect(touched.sort(), `services that ${grant} asked`).toEqual([...services].sort());
        before = now;
        built.set(grant, proof.nodes);
      }
      const [first = []] = built.values();
      expect(first.length).toBeGreaterThan(20);
      expect(first.filter((node) => !/ (success|pass|no-op)$/.test(node))).toEqual([]);
      for (const [grant, nodes] of built) expect(nodes, grant).toEqual(first);
    });
  },
);
