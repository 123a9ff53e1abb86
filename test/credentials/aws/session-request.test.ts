import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assumedRoleArn,
  chainRequest,
  durationSeconds,
  sessionName,
  sessionTags,
  webIdentityRequest,
} from '../../../src/credentials/aws/session-request.ts';
import { ROLE, RUN } from './desk.ts';

const CHAIN = { roleArn: 'arn:aws:iam::111122223333:role/warehouse', externalId: 'passport' };

describe('sessionName', () => {
  it('says which run of which repository', () => {
    expect(sessionName(RUN)).toBe('gh-456789-1746933707-1');
  });

  it('is a name that AWS takes, whatever the run is', () => {
    const run = fc.record({ repositoryId: fc.string(), runId: fc.string(), runAttempt: fc.string() });
    fc.assert(
      fc.property(run, (any) => {
        expect(sessionName(any)).toMatch(/^[\w+=,.@-]{2,64}$/);
      }),
    );
  });
});

describe('durationSeconds', () => {
  it.each([
    ['the rule, when dbt has no limit', 3600, undefined, 3600],
    ['the budget and 20 minutes, when that is less', 43200, 1800, 3000],
    ['the rule, when the budget is more', 3600, 14400, 3600],
    ['never less than AWS gives', 900, 60, 900],
  ])('%s', (_, durationOfRule, budget, expected) => {
    expect(durationSeconds({ ...ROLE, durationSeconds: durationOfRule }, budget)).toBe(expected);
  });

  it('leaves more than 15 minutes at the end of the budget wherever the rule allows it', () => {
    const budgets = fc.integer({ min: 60, max: 42000 });
    fc.assert(
      fc.property(budgets, (budget) => {
        const life = durationSeconds({ ...ROLE, durationSeconds: 43200 }, budget);
        expect(life - budget).toBeGreaterThan(900);
      }),
    );
  });
});

describe('webIdentityRequest', () => {
  it('asks for the role, narrowed by the rule', () => {
    const role = {
      ...ROLE,
      allow: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::b/*'] }],
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    };
    expect(webIdentityRequest(role, RUN, 1800)).toEqual({
      region: 'eu-central-1',
      roleArn: ROLE.roleArn,
      sessionName: 'gh-456789-1746933707-1',
      durationSeconds: 3000,
      policy:
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}',
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    });
    expect(webIdentityRequest(ROLE, RUN, undefined)).not.toHaveProperty('policy');
  });

  it('with a chain, gives a session that may do nothing but the hop', () => {
    const request = webIdentityRequest({ ...ROLE, chain: CHAIN }, RUN, undefined);
    expect(request.durationSeconds).toBe(900);
    expect(JSON.parse(request.policy ?? '').Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
        Resource: CHAIN.roleArn,
      },
    ]);
  });
});

describe('chainRequest', () => {
  it('carries tags, source identity and external id, and asks for an hour at most', () => {
    const role = { ...ROLE, durationSeconds: 43200, chain: CHAIN };
    expect(chainRequest(role, RUN, undefined)).toMatchObject({
      roleArn: CHAIN.roleArn,
      externalId: 'passport',
      sourceIdentity: 'gh-456789-1746933707-1',
      durationSeconds: 3600,
      tags: { repository: 'octo-org/jaffle-shop', environment: 'production', 'run-id': '1746933707' },
    });
  });
});

describe('sessionTags', () => {
  it('are values that AWS takes, whatever the claims are', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 400 });
    fc.assert(
      fc.property(texts, texts, (actor, environment) => {
        const tags = sessionTags({ ...RUN, actor, environment });
        for (const value of Object.values(tags))
          expect(value).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u);
      }),
    );
    expect(sessionTags({ ...RUN, actor: 'dependabot[bot]' })['actor']).toBe('dependabot_bot_');
    expect(sessionTags({ ...RUN, environment: '' })).not.toHaveProperty('environment');
  });
});

describe('assumedRoleArn', () => {
  it('has the partition and account of the role, and not its path', () => {
    expect(assumedRoleArn('arn:aws-us-gov:iam::111122223333:role/a/b/dbt', 's')).toBe(
      'arn:aws-us-gov:sts::111122223333:assumed-role/dbt/s',
    );
  });
});
