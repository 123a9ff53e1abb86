import type { Clouds } from '../../../src/credentials/clouds.ts';
import type { Desk, RunStamp } from '../../../src/credentials/desk.ts';
import type { CredentialFact } from '../../../src/credentials/issued.ts';
import type { AwsRole } from '../../../src/policy/grant-types.ts';
import { Secret } from '../../../src/secret.ts';

export const ROLE: AwsRole = {
  roleArn: 'arn:aws:iam::111122223333:role/dbt/passport',
  region: 'eu-central-1',
  audience: 'sts.amazonaws.com',
  durationSeconds: 3600,
  allow: [],
  policyArns: [],
};
export const ASSUMED = 'arn:aws:sts::111122223333:assumed-role/passport/gh-456789-1746933707-1';

export const RUN: RunStamp = {
  repository: 'octo-org/jaffle-shop',
  repositoryId: '456789',
  environment: 'production',
  runId: '1746933707',
  runAttempt: '1',
  actor: 'octocat',
  actorId: '583231',
  sha: '4f0b3d2c1e5a69788796a5b4c3d2e1f001122334',
  traceId: '0'.repeat(32),
};

/** A desk with a clock of its own that notes, in order, every call and every credential that was put on record. */
export function awsDesk(clouds: Partial<Clouds>) {
  const noted: string[] = [];
  const facts: CredentialFact[] = [];
  const files = new Map<string, string>();
  const clock = { ms: Date.parse('2026-11-22T08:00:00Z') };
  const unused = async () => {
    throw new Error('not used by these tests');
  };
  const desk: Desk = {
    idToken: async (audience) => {
      noted.push(`token for ${audience}`);
      return new Secret(`token ${noted.length}`);
    },
    clouds: {
      assumeRoleWithWebIdentity: unused,
      assumeRole: unused,
      googleExchange: unused,
      impersonate: unused,
      googleIdentity: unused,
      snowflakeIdentity: unused,
      oauthToken: unused,
      rdsPassword: unused,
      ...clouds,
    },
    endpoints: {},
    broker: {
      serve: async () => ({
        url: 'http://127.0.0.1:4711/random',
        authorization: new Secret('Bearer of the route'),
      }),
    },
    snowflakeRelay: unused,
    files: {
      write: async (name, content) => {
        files.set(name, typeof content === 'string' ? content : content.reveal());
        return `/private/${name}`;
      },
    },
    run: RUN,
    issued: (fact, secrets) => {
      facts.push(fact);
      noted.push(`issued ${fact.principal} ${secrets.map((secret) => secret.reveal()).join(' ')}`);
    },
    timing: {
      now: () => new Date(clock.ms),
      sleep: async (ms) => {
        clock.ms += ms;
      },
      random: () => 0,
    },
  };
  return { desk, noted, facts, files, clock };
}
