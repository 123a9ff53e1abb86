/** What the credentials of a run cost: the exchange with each cloud, and the broker that dbt asks. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startBroker } from '../../src/adapters/broker.ts';
import type { CredentialFact } from '../../src/credentials/issued.ts';
import { leaseOf } from '../../src/credentials/lease.ts';
import { Secret } from '../../src/secret.ts';
import { startIssuer } from '../support/issuer.ts';
import { type Load, timesUnder } from './broker-load.ts';
import { aws, type Exchange, google, snowflake } from './exchange.ts';
import { medians } from './measure.ts';

const CLIENTS = [1, 16, 256];
const REQUESTS = 2_000;
/** A single exchange takes milliseconds: many of them give a median that holds. */
const CALLS_PER_ROUND = 10;

export async function credentials(rounds: number): Promise<void> {
  console.log('exchange: our adapter against bare HTTP calls to the same service on this machine');
  const issuer = await startIssuer({ claims: { environment: 'production' } });
  try {
    for (const [name, open] of Object.entries({ aws, google, snowflake })) {
      const missing = name === 'aws' && !process.env['DBT_PASSPORT_MOTO'];
      if (missing) console.log('  AWS: skipped, moto is not installed (DBT_PASSPORT_MOTO)');
      else await measure(await open(issuer), (audience) => issuer.mint({ audience }), rounds);
    }
  } finally {
    await issuer.close();
  }
  console.log(`\nbroker: ${REQUESTS} requests of clients in another thread, against a bare HTTP server`);
  for (const clients of CLIENTS) await latency(clients);
}

async function measure(
  exchange: Exchange,
  mint: (audience: string) => Promise<string>,
  rounds: number,
): Promise<void> {
  const timed = async (call: Exchange['ours']): Promise<number> => {
    const token = await mint(exchange.audience);
    const started = performance.now();
    await call(token);
    return performance.now() - started;
  };
  try {
    const first = await timed(exchange.ours);
    const [our = 0, bare = 0] = await medians(rounds * CALLS_PER_ROUND, [
      { command: 'ours', once: () => timed(exchange.ours) },
      { command: 'bare', once: () => timed(exchange.bare) },
    ]);
    const figures = `${(our / bare).toFixed(2)} x, +${(our - bare).toFixed(1)} ms (${our.toFixed(1)} against ${bare.toFixed(1)} ms)`;
    console.log(
      `  ${exchange.title}: ${figures}; the first, with loading the client: ${first.toFixed(0)} ms`,
    );
  } finally {
    await exchange.close();
  }
}

/** The route as it is in a run: a lease, and the answer made anew for each request. */
async function latency(clients: number): Promise<void> {
  const body = JSON.stringify({
    AccessKeyId: 'A'.repeat(20),
    SecretAccessKey: 'S'.repeat(40),
    Token: 'T'.repeat(1_000),
  });
  const expiresAt = new Date(Date.now() + 3_600_000);
  const lease = leaseOf(async () => ({ value: body, expiresAt, fact: FACT }), { now: () => new Date() });
  const broker = startBroker();
  const plain = createServer((_, response) => response.setHeader('connection', 'close').end(body));
  try {
    const { url, authorization } = await broker.serve(async () => ({
      status: 200,
      body: new Secret((await lease.current()).value),
    }));
    await new Promise<void>((done) => plain.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, done));
    const load = { authorization: authorization.reveal(), clients, requests: REQUESTS };
    const bareUrl = `http://127.0.0.1:${(plain.address() as AddressInfo).port}/`;
    await timesUnder({ ...load, url, requests: 500 });
    const ours = await figures({ ...load, url });
    const bare = await figures({ ...load, url: bareUrl });
    const ratio = (name: 'p50' | 'p99') =>
      `${name} ${ours[name].toFixed(1)} ms (${(ours[name] / bare[name]).toFixed(2)} x)`;
    console.log(`  ${String(clients).padStart(3)} at once: ${ratio('p50')}, ${ratio('p99')}`);
  } finally {
    plain.close();
    await broker.close();
  }
}

async function figures(load: Load): Promise<{ readonly p50: number; readonly p99: number }> {
  const times = await timesUnder(load);
  const at = (share: number) => times[Math.ceil(times.length * share) - 1] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

const FACT: CredentialFact = {
  ...{ provider: 'aws', principal: '', scope: '', route: '', requestId: '' },
  ...{ issuedAt: '', expiresAt: '' },
};
