CREATE USER IF NOT EXISTS DBT_PROD TYPE=SERVICE DEFAULT_ROLE=DBT_PROD DEFAULT_SECONDARY_ROLES=();
ALTER USER DBT_PROD ADD WORKLOAD IDENTITY prod_1 TYPE=OIDC
  ISSUER='https://token.actions.githubusercontent.com'
  SUBJECT='repo:octo-org/jaffle-shop:environment:prod'
  OIDC_AUDIENCE_LIST=('dbt-prod.acme');
ALTER USER DBT_PROD ADD WORKLOAD IDENTITY prod_2 TYPE=OIDC
  ISSUER='https://token.actions.githubusercontent.com'
  SUBJECT='repo:octo-org@123456/jaffle-shop@456789:environment:prod'
  OIDC_AUDIENCE_LIST=('dbt-prod.acme');
GRANT ROLE DBT_PROD TO USER DBT_PROD;
