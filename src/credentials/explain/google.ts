import type { BigQueryGrant } from '../../policy/grant-types.ts';
import { googleBindings, googleProvider, googleTrust } from '../../policy/trust/google.ts';
import { shellWord } from '../../policy/trust/quoting.ts';
import { type Cloud, NOTHING_SHOWN, type Refusal, requestRow, staleToken } from './refusal.ts';

/**
 * Source: Google Cloud, "Troubleshoot Workload Identity Federation" (127 bytes, issuer); RFC 8693 (invalid_target). The
 * texts about condition, audience, stale tokens and disabled APIs are quoted in public reports of users; that too
 * long a lifetime is answered with INVALID_ARGUMENT is assumed.
 */
const REFUSALS: readonly Refusal<BigQueryGrant>[] = [
  {
    reason: 'GOOGLE_CONDITION',
    text: /attribute condition/i,
    cause: 'The attribute condition of the provider does not hold for this token.',
    hint: 'Set the condition of the provider with the first command, or correct the policy when the condition is right.',
    askClaims: true,
  },
  {
    reason: 'GOOGLE_SUBJECT_LENGTH',
    text: /127 bytes/,
    cause:
      "The provider maps `sub` to `google.subject`, which holds 127 bytes; GitHub's immutable `sub` is longer.",
    hint: 'Map `google.subject` from ids, as the command does.',
    show: (grant, scope) => ({
      rows: requestRow('google.subject', 'at most 127 bytes', 'longer: mapped from sub, as a rule'),
      statement: googleProvider(scope, grant),
    }),
  },
  {
    reason: 'GOOGLE_AUDIENCE',
    text: /audience in ID Token|expected audience/i,
    cause: ({ audience }) => `The provider does not take tokens for \`${audience}\`.`,
    hint: 'Allow the audience with the command, or set `audience` of the grant to one that the provider takes.',
    show: (grant, scope) => ({
      rows: requestRow('aud', 'one of --allowed-audiences of the provider', grant.audience),
      statement: googleProvider(scope, grant),
    }),
  },
  {
    reason: 'GOOGLE_PROVIDER',
    text: /target service indicated|disabled or deleted|value for \W*audience/i,
    cause: 'The pool or the provider does not exist, is deleted, or is disabled.',
    hint: 'Correct `provider` of the grant (with the number of the project, not its id), or create it with the command.',
    inPolicy: true,
    show: (grant, scope) => ({
      rows: requestRow('provider', 'a provider that exists and is enabled', grant.provider),
      statement: googleProvider(scope, grant, 'create-oidc'),
    }),
  },
  staleToken('GOOGLE_TOKEN_EXPIRED', 'Google', {
    text: /stale to sign-in|ID Token.*expired|token (has|is) expired/i,
  }),
  {
    reason: 'GOOGLE_ISSUER_KEYS',
    text: /Error connecting to the given credential's issuer/i,
    cause: "Google could not fetch the issuer's signing keys; this passes when the issuer is GitHub itself.",
    hint: 'Run the job again; if it stays, see whether Google can reach the issuer from the internet.',
    show: () => NOTHING_SHOWN,
  },
  {
    reason: 'GOOGLE_ISSUER',
    text: /issuer/i,
    cause: 'The provider is for another issuer, or Google cannot reach it.',
    hint: 'Set the issuer of the provider with the command.',
    show: (grant, scope) => ({
      rows: requestRow('iss', '--issuer-uri of the provider', scope.policy.issuer),
      statement: googleProvider(scope, grant),
    }),
  },
  {
    reason: 'GOOGLE_API_DISABLED',
    text: /has not been used in project|SERVICE_DISABLED|API.*is disabled/i,
    cause: 'The API is switched off in the project that pays for the call.',
    hint: 'Enable the API with the command and wait a few minutes.',
    show: ({ provider }) => ({
      rows: requestRow('API', 'enabled', 'disabled'),
      statement: `gcloud services enable sts.googleapis.com iamcredentials.googleapis.com --project=${shellWord(provider.split('/')[1] ?? '')}`,
    }),
  },
  {
    reason: 'GOOGLE_LIFETIME',
    call: 'generateAccessToken',
    code: /^INVALID_ARGUMENT$/,
    when: ({ lifetimeSeconds }) => lifetimeSeconds > 3600,
    cause:
      'Tokens of a service account live an hour at most, unless an organisation policy names the account.',
    hint: 'Lower `lifetime_seconds` of the grant to 3600, or let the organisation allow more with the command.',
    inPolicy: true,
    show: ({ lifetimeSeconds, serviceAccount = '' }) => ({
      rows: requestRow('lifetime', 'at most 3600 s', `${lifetimeSeconds} s`),
      statement: `gcloud resource-manager org-policies allow iam.allowServiceAccountCredentialLifetimeExtension \\\n  ${shellWord(serviceAccount)} --organization=ORGANIZATION_ID`,
    }),
  },
  {
    reason: 'GOOGLE_IMPERSONATION',
    call: 'generateAccessToken',
    text: /PERMISSION_DENIED|NOT_FOUND|getAccessToken/,
    cause: ({ delegates }) =>
      delegates.length === 0
        ? 'The token is trusted, but may not act as the service account, or the account does not exist.'
        : 'The token is trusted, but may not act as the service account through the delegates, or one of them does not exist.',
    hint: 'Grant the role with the command; it takes up to a few minutes to hold.',
    show: (grant, scope) => ({
      rows: requestRow(
        'may act as',
        grant.serviceAccount ?? '(none)',
        'not allowed: iam.serviceAccounts.getAccessToken is missing',
      ),
      statement: googleBindings(scope, grant),
    }),
  },
];

/** Everything else. */
const OTHERWISE: Refusal<BigQueryGrant> = {
  reason: 'GOOGLE_TRUST',
  cause: 'Google refused the token; its words are in the message.',
  hint: 'Set the provider up with the commands, or correct the policy when the provider is right.',
  askClaims: true,
};

export const GOOGLE: Cloud<BigQueryGrant> = {
  name: 'Google Cloud',
  refusals: REFUSALS,
  otherwise: OTHERWISE,
  trust: googleTrust,
  principal: ({ serviceAccount, provider }) => serviceAccount ?? provider,
  status: 'https://status.cloud.google.com',
};
