import type { DatabricksGrant } from '../../policy/grant-types.ts';
import { databricksTrust } from '../../policy/trust/databricks.ts';
import { type Cloud, type Refusal, requestRow, staleToken } from './refusal.ts';

/** Source: RFC 6749 section 5.2 for the codes. That Databricks answers with them, and the texts, is assumed. */
const REFUSALS: readonly Refusal<DatabricksGrant>[] = [
  staleToken('DATABRICKS_TOKEN_EXPIRED', 'Databricks', { text: /expired/i }),
  {
    reason: 'DATABRICKS_PRINCIPAL',
    code: /^(invalid_client|unauthorized_client)$/,
    cause: 'The workspace has no service principal with this application id.',
    hint: 'Correct `client_id` of the grant, or add the service principal to the workspace.',
    inPolicy: true,
    show: ({ clientId }) => ({
      rows: requestRow('client_id', 'a service principal of the workspace', clientId),
      statement: '',
    }),
  },
];

/** Everything else. */
const OTHERWISE: Refusal<DatabricksGrant> = {
  reason: 'DATABRICKS_POLICY',
  cause: 'No federation policy of the service principal has this issuer, `sub` and audience.',
  hint: 'Create the federation policy with the command, or correct the policy when it is there.',
  askClaims: true,
};

export const DATABRICKS: Cloud<DatabricksGrant> = {
  name: 'Databricks',
  refusals: REFUSALS,
  otherwise: OTHERWISE,
  trust: databricksTrust,
  principal: ({ clientId, host }) => `service principal ${clientId} at ${host}`,
  status: 'https://status.databricks.com',
};
