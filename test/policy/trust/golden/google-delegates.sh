# If other rules use this provider, join their conditions with ||.
gcloud iam workload-identity-pools providers update-oidc dbt-prod \
  --project=123456789 --location=global --workload-identity-pool=github \
  --issuer-uri=https://token.actions.githubusercontent.com --allowed-audiences=https://iam.googleapis.com/projects/123456789/locations/global/workloadIdentityPools/github/providers/dbt-prod \
  --attribute-mapping='google.subject=assertion.repository_id + ":" + assertion.run_id + ":" + assertion.run_attempt,attribute.grant=assertion.repository_id + "/" + assertion.environment,attribute.workflow_grant=assertion.repository_id + "/" + assertion.job_workflow_sha + "/" + assertion.environment' \
  --attribute-condition='assertion.sub=="repo:octo-org@123456/jaffle-shop@456789:environment:prod" && assertion.repository=="octo-org/jaffle-shop" && assertion.repository_id=="456789" && assertion.repository_owner_id=="123456" && assertion.environment=="prod" && assertion.environment_node_id=="EN_kwDOAbCdEf4AAAAB" && assertion.ref=="refs/heads/main" && assertion.ref_type=="branch" && assertion.job_workflow_ref.matches("^octo-sec/workflows/\\.github/workflows/dbt\\.yml@[ -~]*$") && assertion.job_workflow_sha=="9a8b7c6d5e4f30213243546576879809a8b7c6d5" && assertion.ref_protected=="true" && assertion.event_name=="push" && assertion.runner_environment=="github-hosted" && assertion.repository_visibility=="private" && assertion.actor_id=="583231"'
gcloud iam service-accounts add-iam-policy-binding hop@acme-warehouse.iam.gserviceaccount.com \
  --role=roles/iam.workloadIdentityUser --member=principalSet://iam.googleapis.com/projects/123456789/locations/global/workloadIdentityPools/github/attribute.workflow_grant/456789/9a8b7c6d5e4f30213243546576879809a8b7c6d5/prod
gcloud iam service-accounts add-iam-policy-binding dbt-prod@acme-warehouse.iam.gserviceaccount.com \
  --role=roles/iam.serviceAccountTokenCreator --member=serviceAccount:hop@acme-warehouse.iam.gserviceaccount.com
