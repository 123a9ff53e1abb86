import type { Target } from '../trust/model.ts';

/** Commands that download what is deployed, as the documentation and the help of the command show them. They only read. */
export const DOWNLOADS: Readonly<Record<Target, readonly string[]>> = {
  aws: [
    'aws iam get-role --role-name ROLE > ROLE.json',
    'aws iam list-roles > roles.json   # instead: finds roles that the policy does not know',
    'aws iam list-open-id-connect-providers > providers.json',
    'aws iam get-open-id-connect-provider --open-id-connect-provider-arn ARN > provider.json',
  ],
  gcp: [
    'gcloud iam workload-identity-pools providers list --project=PROJECT --location=global --workload-identity-pool=POOL --format=json > pool.json',
    'gcloud iam service-accounts get-iam-policy ACCOUNT --format=json > ACCOUNT.json',
    'bq show --format=prettyjson PROJECT:DATASET > dataset.json   # for grants without a service account',
  ],
  snowflake: [
    `snow sql --format json -q 'SHOW USER WORKLOAD IDENTITY AUTHENTICATION METHODS FOR USER "USER"' > ACCOUNT_USER.json`,
    `snow sql --format json -q 'DESCRIBE USER "USER"' > ACCOUNT_USER.user.json`,
  ],
  databricks: [
    'databricks account service-principal-federation-policy list SERVICE_PRINCIPAL_ID -o json > APPLICATION_ID.json',
  ],
  azure: ['az ad app federated-credential list --id APPLICATION_ID > APPLICATION_ID.json'],
  vault: [
    'vault read -format=json auth/jwt/config > config.json',
    'vault read -format=json auth/jwt/role/ROLE > ROLE.json',
  ],
  keycloak: [
    'kcadm.sh get identity-provider/instances/github-actions -r REALM > provider.json',
    'kcadm.sh get clients -r REALM > clients.json',
    'kc.sh export --realm REALM --file realm.json   # instead: everything in one file',
  ],
  kong: ['deck gateway dump -o kong.yaml'],
};
