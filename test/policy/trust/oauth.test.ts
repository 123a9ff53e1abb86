import { expect, it } from 'vitest';
import { oauthTrust } from '../../../src/policy/trust/oauth.ts';
import { ofKind, scopeOf } from './scope.ts';

async function trustWith(template: string) {
  const written = 'sub_template: immutable\n';
  const change = template === written ? [] : [[written, template] as [string, string]];
  const scope = await scopeOf('snowflakeOauth', ...change);
  const { login } = ofKind(scope, 'snowflake');
  if (login.route !== 'oauth') throw new Error('another route');
  return oauthTrust(scope, login.oauth);
}
const credential = (name: string, subject: string) => ({
  name,
  issuer: 'https://token.actions.githubusercontent.com',
  subject,
  audiences: ['api://AzureADTokenExchange'],
});
const LEGACY = 'repo:octo-org/jaffle-shop:environment:prod';
const IMMUTABLE = 'repo:octo-org@123456/jaffle-shop@456789:environment:prod';

it('is one credential, several, or none, over several lines', async () => {
  const one = await trustWith('sub_template: immutable\n');
  expect(one.statement).toBe(JSON.stringify(credential('prod', IMMUTABLE), null, 2));
  const two = await trustWith('');
  expect(JSON.parse(two.statement)).toEqual([credential('prod', LEGACY), credential('prod-2', IMMUTABLE)]);
  const none = await trustWith('sub_template: [repo, workflow]\n');
  expect(none.statement).toBe('');
});

it('checks issuer, audience and subject', async () => {
  const { checked, unchecked } = await trustWith('sub_template: immutable\n');
  expect(checked.map(({ claim }) => claim)).toEqual(['iss', 'aud', 'sub']);
  expect(unchecked.map(({ claim }) => claim)).toContain('job_workflow_ref');
});
