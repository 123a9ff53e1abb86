import { describe, expect, it } from 'vitest';
import { type BigQuery, startBigQuery } from '../support/bigquery.ts';
import { type Google, startGoogle } from '../support/google.ts';
import { ACCOUNT, googleTrust, PROVIDER, REPOSITORY_SET, SCOPE } from '../support/google-trust.ts';
import type { Issuer } from '../support/issuer.ts';
import { LONG, NOT_LONG } from '../support/long-runs.ts';
import type { CloudPeers, Peers, Presented } from '../support/passport.ts';
import type { ActionResult } from '../support/runner.ts';
import { describeWith } from '../support/tools.ts';
import { stage } from './scenario.ts';
import { type Reviewed, verifyArtifact } from './verify-artifact.ts';

const PROJECT = 'acme-analytics';
const DATASET = 'jaffle_shop';
const POOL = PROVIDER.replace(/\/providers\/.*$/, '');

interface GoogleCloud extends CloudPeers {
  readonly google: Google;
  readonly bigquery: BigQuery;
}

interface CloudSetting {
  /** Seconds that access tokens live at most. */
  readonly life?: number;
  /** More lines of the grant; a service account when not given. */
  readonly as?: string;
}

/** Google and BigQuery in the clouds' place. */
function cloud({ life, as = `service_account: ${ACCOUNT}` }: CloudSetting = {}) {
  return async (issuer: Issuer, presented: Presented): Promise<GoogleCloud> => {
    const google = await startGoogle(googleTrust(issuer), { presented, ...(life && { life }) });
    const bigquery = await startBigQuery({
      ...{ google, presented, project: PROJECT, dataset: DATASET },
      readers: [`serviceAccount:${ACCOUNT}`, REPOSITORY_SET],
    });
    const { url } = google;
    return {
      ...{ google, bigquery },
      endpoints: { googleSts: url, iamCredentials: url, googleOauth: url, bigquery: bigquery.url },
      grant: `
kind: bigquery
project: ${PROJECT}
dataset: ${DATASET}
provider: ${PROVIDER}
threads: "4"
${as}`,
      secrets: () => google.issued,
      close: async () => {
        await Promise.all([google.close(), bigquery.close()]);
      },
    };
  };
}

const callsOf = ({ google }: GoogleCloud) => google.requests.map(({ call }) => call);
const refusedBy = ({ bigquery }: GoogleCloud) =>
  bigquery.requests.filter(({ status }) => status === 401 || status === 403);

interface Fact {
  readonly principal: string;
  readonly scope: string;
  readonly route: string;
}

async function proven(peers: Peers, run: ActionResult): Promise<Reviewed> {
  const artifact = await verifyArtifact(peers, run);
  expect(artifact.exitCode, artifact.text).toBe(0);
  return artifact;
}

function recorded(artifact: Reviewed): readonly Fact[] {
  const bundle = JSON.parse(artifact.files.get('dbt-evidence.sigstore.json') ?? '{}');
  const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString();
  return JSON.parse(payload).predicate.credentials;
}

interface Results {
  readonly results: readonly {
    readonly unique_id: string;
    readonly adapter_response: { readonly code?: string };
  }[];
}

/** The nodes that a `MERGE` built, as BigQuery named the statement to dbt. */
function mergedIn({ files }: Reviewed): readonly string[] {
  const { results } = JSON.parse(files.get('dbt/1-build/run_results.json') ?? '{}') as Results;
  const merged = results.filter(({ adapter_response: response }) => response.code === 'MERGE');
  return merged.map(({ unique_id: id }) => id).sort();
}

/** On a machine with other work, dbt may be slow; a run is killed after this long. */
const PATIENT = { timeoutMs: 170_000 };
/** To be refused as in a run, which ends there as this does. */
const WITHOUT_DBT = { mode: 'auth-only', dbt: 'no-such-file' };

describeWith(['warehouseDbt', 'crucible'], 'BigQuery as a service account', () => {
  describe('with ID tokens of 3 s and access tokens of 4 s', () => {
    const scene = stage({ dbt: 'warehouse', tokenLife: 3, clouds: cloud({ life: 4 }) });

    it('builds the example twice with tokens that are renewed, and evidence says as whom', async () => {
      const { google, bigquery } = scene.clouds;
      // However fast the machine is, it outlives the tokens.
      bigquery.setDelay(200);
      const run = await scene.run(PATIENT);
      expect(run.exitCode, run.stdout).toBe(0);
      expect(run.outputs.get('status')).toBe('succeeded');
      expect(callsOf(scene.clouds).slice(0, 3)).toEqual(['token', 'generateAccessToken', 'tokeninfo']);
      const impersonations = google.calls('generateAccessToken');
      expect(impersonations.length).toBeGreaterThan(2);
      for (const { headers } of impersonations) {
        expect(headers['x-goog-request-reason']).toContain(`trace=${run.outputs.get('trace-id')}`);
        // The client of Google sent it: it alone names itself so.
        expect(headers['x-goog-api-client']).toContain('gapic/');
      }
      expect(bigquery.requests.length).toBeGreaterThan(50);
      expect(refusedBy(scene.clouds)).toEqual([]);
      const artifact = await proven(scene.peers, run);
      const facts = recorded(artifact);
      expect(facts).toHaveLength(google.issued.length);
      expect(facts.slice(0, 2)).toMatchObject([
        {
          principal: `principalSet://iam.googleapis.com/${POOL}/*`,
          scope: 'https://www.googleapis.com/auth/iam',
          route: 'to impersonate the service account',
        },
        { principal: ACCOUNT, scope: SCOPE, route: 'application default credentials' },
      ]);
      bigquery.setDelay(0);
      const again = await scene.run(PATIENT);
      expect(again.exitCode, again.stdout).toBe(0);
      expect(refusedBy(scene.clouds)).toEqual([]);
      // Of the same two nodes the first build made tables.
      expect(mergedIn(artifact)).toEqual([]);
      expect(mergedIn(await proven(scene.peers, again))).toEqual([
        'model.jaffle_shop.daily_sales',
        'snapshot.jaffle_shop.products_history',
      ]);
    });

    it.skipIf(!LONG)(
      `builds for more than a minute${LONG ? '' : ` (${NOT_LONG})`}`,
      { timeout: 400_000 },
      async () => {
        const { google, bigquery } = scene.clouds;
        bigquery.setDelay(1_500);
        const run = await scene.run({ timeoutMs: 300_000 });
        expect(run.exitCode, run.stdout).toBe(0);
        const times = bigquery.requests.map(({ at }) => at);
        expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(60_000);
        expect(google.calls('generateAccessToken').length).toBeGreaterThan(7);
        expect(refusedBy(scene.clouds)).toEqual([]);
      },
    );
  });

  const scene = stage({ dbt: 'warehouse', project: 'small', clouds: cloud() });

  it('denied by the policy: no service is asked for anything', async () => {
    const run = await scene.run({ claims: { ref: 'refs/heads/feature/x', ref_protected: 'false' } });
    expect(run.outputs.get('status')).toBe('denied');
    expect(callsOf(scene.clouds)).toEqual([]);
    expect(scene.clouds.bigquery.requests).toEqual([]);
  });

  const refusedRun = async (inputs: Readonly<Record<string, string>>) => {
    const run = await scene.run({ ...PATIENT, inputs });
    expect(run.exitCode).toBe(1);
    expect(scene.clouds.bigquery.requests).toEqual([]);
    const [annotation] = run.log.annotations.filter(({ level }) => level === 'error');
    return `${annotation?.title} ${annotation?.message}`;
  };

  it('refused by the attribute condition: one exchange, explained', async () => {
    scene.clouds.google.trust(googleTrust(scene.peers.issuer, { condition: () => false }));
    expect(await refusedRun(WITHOUT_DBT)).toMatch(/ERR_CREDENTIAL_REFUSED.*attribute condition/s);
    expect(callsOf(scene.clouds)).toEqual(['token']);
  });

  it('refused the service account: one impersonation, explained', async () => {
    const { providers } = googleTrust(scene.peers.issuer);
    scene.clouds.google.trust({ providers, bindings: [] });
    expect(await refusedRun(WITHOUT_DBT)).toMatch(/ERR_CREDENTIAL_REFUSED.*getAccessToken/s);
    expect(callsOf(scene.clouds)).toEqual(['token', 'generateAccessToken']);
  });

  it('a token of another account than the rule grants is not used', async () => {
    const body = { email: 'other@acme.iam.gserviceaccount.com', scope: SCOPE };
    scene.clouds.google.answer('tokeninfo', () => ({ status: 200, body }));
    expect(await refusedRun({})).toMatch(/ERR_CREDENTIAL_MISMATCH.*other@acme\.iam/s);
  });
});

describeWith(['warehouseDbt', 'crucible'], 'BigQuery as the federated principal itself', () => {
  const scene = stage({ dbt: 'warehouse', project: 'small', tokenLife: 3, clouds: cloud({ as: '' }) });

  it('builds models with access tokens that live no longer than the ID tokens of 3 s', async () => {
    const { google, bigquery } = scene.clouds;
    bigquery.setDelay(500);
    const command = 'build --select raw_orders stg_orders';
    const run = await scene.run({ ...PATIENT, inputs: { command } });
    expect(run.exitCode, run.stdout).toBe(0);
    expect(google.calls('generateAccessToken')).toEqual([]);
    expect(google.calls('token').length).toBeGreaterThan(2);
    expect(refusedBy(scene.clouds)).toEqual([]);
    const facts = recorded(await proven(scene.peers, run));
    expect(facts).toHaveLength(google.issued.length);
    expect(new Set(facts.map(({ scope }) => scope))).toEqual(new Set([SCOPE]));
  });
});
