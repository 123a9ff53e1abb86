/** An account of AWS on this machine: the issuer's peers moto and the STS front, with a bucket and the roles of the tests. */
import { type AwsSts, startAwsSts, type TrustedRole } from './aws-sts.ts';
import type { Issuer } from './issuer.ts';
import { startMoto } from './moto.ts';

export const ACCOUNT = '111122223333';
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/dbt/passport`;
export const NEXT_ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/warehouse`;
export const BUCKET = 'passport-data';
/** The `sub` of the example's production job. */
export const SUBJECT = 'repo:octo-org@123456/jaffle-shop@456789:environment:production';

/** Starts both; the first role trusts the subject, the second one trusts the first. */
export async function startAwsAccount(
  issuer: Issuer,
  options: {
    readonly lifeSeconds?: number;
    readonly trust?: Partial<TrustedRole>;
    readonly presented?: (secret: string) => Promise<void>;
  } = {},
): Promise<AwsSts> {
  const roles: TrustedRole[] = [
    { roleArn: ROLE_ARN, conditions: { sub: SUBJECT, aud: 'sts.amazonaws.com' }, ...options.trust },
    { roleArn: NEXT_ROLE_ARN, trusts: { roleArn: ROLE_ARN, externalId: 'passport' } },
  ];
  const moto = await startMoto({
    roles: roles.map(({ roleArn }) => ({ roleArn, actions: ['s3:*'], resources: ['*'] })),
    buckets: [BUCKET],
  });
  await moto.enforce();
  const { lifeSeconds, presented } = options;
  const sts = await startAwsSts({
    issuer: issuer.issuer,
    roles,
    moto,
    ...(lifeSeconds !== undefined && { lifeSeconds }),
    ...(presented && { presented }),
  });
  return {
    ...sts,
    close: async () => {
      await sts.close();
      await moto.close();
    },
  };
}
