import { describe, expect, it } from 'vitest';
import {
  audienceCommand,
  awsChainTrust,
  awsProvider,
  awsProviderAudience,
  providerPath,
} from '../../../src/policy/trust/aws.ts';
import { ofKind, scopeOf } from './scope.ts';

const ISSUER = 'https://token.actions.githubusercontent.com';

describe('AWS', () => {
  it('is told the issuer and the audience by one command each', async () => {
    const scope = await scopeOf('chained');
    const { aws } = ofKind(scope, 'athena');
    expect(awsProvider(scope, aws)).toBe(
      `aws iam create-open-id-connect-provider --url '${ISSUER}' --client-id-list sts.amazonaws.com`.replaceAll(
        "'",
        '',
      ),
    );
    const command =
      'aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com --client-id sts.amazonaws.com';
    expect(awsProviderAudience(scope, aws)).toBe(command);
    expect(audienceCommand(ISSUER, aws.roleArn, 'a b')).toBe(command.replace('sts.amazonaws.com', "'a b'"));
  });

  it('knows an issuer by host and path', () => {
    expect(providerPath(ISSUER)).toBe('token.actions.githubusercontent.com');
    expect(providerPath('http://127.0.0.1:8080/https://x')).toBe('127.0.0.1:8080/https://x');
  });

  it('lets the first role of a chain assume the second, with the id of the partner where there is one', async () => {
    const { aws } = ofKind(await scopeOf('chained'), 'athena');
    const statement = {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111122223333:role/dbt-prod' },
      Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    };
    const withId = { ...statement, Condition: { StringEquals: { 'sts:ExternalId': 'acme-7' } } };
    expect(awsChainTrust(aws)).toBe(JSON.stringify({ Version: '2012-10-17', Statement: [withId] }, null, 2));
    const without = awsChainTrust({ ...aws, chain: { roleArn: 'arn:aws:iam::444455556666:role/warehouse' } });
    expect(JSON.parse(without).Statement).toEqual([statement]);
    const { chain, ...alone } = aws;
    expect([chain?.externalId, JSON.parse(awsChainTrust(alone)).Statement]).toEqual(['acme-7', [statement]]);
  });
});
