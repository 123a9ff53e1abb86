import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/policy/load.ts';
import { githubClaims } from './claims.ts';
import { POLICY, passportCall, startPeers, withGrant } from './passport.ts';

const GRANT = `
kind: bigquery
project: acme-dev
dataset: jaffle_shop
provider: projects/1/locations/global/workloadIdentityPools/github-pool/providers/github
`;

async function served(github: { readonly url: string; readonly token: string }): Promise<string> {
  const [path = '', commit] = POLICY.split('@');
  const [owner, name, ...file] = path.split('/');
  const response = await fetch(
    `${github.url}/repos/${owner}/${name}/contents/${file.join('/')}?ref=${commit}`,
    {
      headers: { authorization: `Bearer ${github.token}` },
    },
  );
  const { content } = (await response.json()) as { content: string };
  return Buffer.from(content, 'base64').toString();
}

describe('the setting of a scenario', () => {
  it('puts another grant into the example’s policy and tells the action of the endpoints', async () => {
    const endpoints = { googleSts: 'http://127.0.0.1:1' };
    let closed = 0;
    const clouds = async () => ({ grant: GRANT, endpoints, close: async () => void closed++ });
    const peers = await startPeers({ clouds });
    const policy = await served(peers.github);
    const { policy: loaded } = await loadPolicy(new TextEncoder().encode(policy), 'x', {
      allowLoopbackIssuer: true,
    });
    expect(loaded.grants.get('warehouse')).toMatchObject({ kind: 'bigquery', project: 'acme-dev' });
    const { env } = passportCall(peers, '/workspace');
    expect(JSON.parse(env?.['DBT_PASSPORT_LOOPBACK_ENDPOINTS'] ?? '')).toEqual(endpoints);
    await peers.close();
    expect(closed).toBe(1);
  });

  it('gives tokens the life of the setting, with the times that GitHub sets', async () => {
    const peers = await startPeers({ tokenLife: 3 });
    const [, payload = ''] = (await peers.issuer.mint()).split('.');
    const { iat, nbf, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect([exp - iat, iat - nbf]).toEqual([3, 600]);
    expect(githubClaims()['exp']).toBe(Number(githubClaims()['iat']) + 300);
    await peers.close();
  });

  it('a policy without the grant to replace is a fault of the test', () => {
    expect(() => withGrant(GRANT)('version: "1"')).toThrow('no grant');
  });
});
