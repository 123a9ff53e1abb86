import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AwsRole } from '../../../src/policy/grant-types.ts';
import { sessionPolicy, sessionProblems } from '../../../src/policy/grants/aws-session.ts';
import { refusal, SMALLEST } from '../fixture.ts';

const ROLE: AwsRole = {
  roleArn: 'arn:aws:iam::111122223333:role/dbt',
  region: 'eu-central-1',
  audience: 'sts.amazonaws.com',
  durationSeconds: 3600,
  allow: [],
  policyArns: [],
};
const keysAtFault = (role: AwsRole) => sessionProblems(role).map(({ key }) => key);
const allow = (characters: number) => {
  const empty = sessionPolicy([{ actions: ['s3:GetObject'], resources: [''] }]) ?? '';
  return [{ actions: ['s3:GetObject'], resources: ['x'.repeat(characters - empty.length)] }];
};

describe('sessionPolicy', () => {
  it('says what the rule allows and nothing else', () => {
    const policy = sessionPolicy([
      { actions: ['s3:GetObject', 's3:PutObject'], resources: ['arn:aws:s3:::b/*'] },
      { actions: ['s3:ListBucket'], resources: ['arn:aws:s3:::b'] },
    ]);
    expect(JSON.parse(policy ?? '')).toEqual({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::b/*' },
        { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::b' },
      ],
    });
    expect(sessionPolicy([])).toBe(undefined);
  });

  it('has every statement as an Allow whatever the texts are', () => {
    const texts = fc.array(fc.string(), { minLength: 1 });
    const statements = fc.array(fc.record({ actions: texts, resources: texts }), { minLength: 1 });
    fc.assert(
      fc.property(statements, (given) => {
        const { Statement } = JSON.parse(sessionPolicy(given) ?? '');
        const back = Statement.map((one: { Action: string; Resource: string }) => ({
          actions: [one.Action].flat(),
          resources: [one.Resource].flat(),
        }));
        expect(back).toEqual(given);
      }),
    );
  });
});

describe('sessionProblems', () => {
  it('counts the policy and the ARNs together, to the character', () => {
    const arn = 'arn:aws:iam::111122223333:policy/narrow';
    expect(keysAtFault({ ...ROLE, allow: allow(2048) })).toEqual([]);
    expect(keysAtFault({ ...ROLE, allow: allow(2049) })).toEqual(['allow']);
    const both = { ...ROLE, policyArns: [arn] };
    expect(keysAtFault({ ...both, allow: allow(2048 - arn.length) })).toEqual([]);
    expect(keysAtFault({ ...both, allow: allow(2049 - arn.length) })).toEqual(['allow']);
    expect(keysAtFault({ ...ROLE, policyArns: [arn.repeat(60)] })).toEqual(['policy_arns']);
  });

  it('refuses more than ten managed policies, and a chain into another partition', () => {
    expect(keysAtFault({ ...ROLE, policyArns: Array(11).fill('arn:aws:iam::aws:policy/x') })).toEqual([
      'policy_arns',
    ]);
    const chain = { roleArn: 'arn:aws-cn:iam::111122223333:role/next' };
    expect(keysAtFault({ ...ROLE, chain })).toEqual(['chain']);
  });

  it('is found when the policy is loaded, at the line of the key', async () => {
    const resources = Array.from(
      { length: 40 },
      (_, n) => `"arn:aws:s3:::passport-data-${n}/${'x'.repeat(30)}/*"`,
    );
    const aws = `      role_arn: ${ROLE.roleArn}
      region: eu-central-1
      allow:
        - { actions: ["s3:GetObject"], resources: [${resources.join(', ')}] }`;
    const athena = `    kind: athena
    s3_staging_dir: s3://passport-data/athena/
    schema: marts
    aws:
${aws}`;
    const duckdb = `    kind: duckdb
    path: a.duckdb
    s3:
      scope: s3://passport-data
      aws:
${aws.replace(/^/gm, '  ')}`;
    for (const grant of [athena, duckdb]) {
      const text = SMALLEST.replace(/^ {2}warehouse:.*$/m, () => `  warehouse:\n${grant}`);
      const error = await refusal(text);
      const line = text.split('\n').findIndex((one) => one.includes('- { actions')) + 1;
      expect([error.reason, error.place?.line]).toEqual(['POLICY_VALUE', line]);
      expect(error.message).toContain('at most 2048 characters, got ');
    }
  });
});
