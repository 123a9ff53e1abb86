const OTHER: Readonly<Record<string, string>> = {
  iss: 'https://issuer.example',
  aud: 'another-audience',
  sub: 'repo:someone-else/project:environment:other',
  repository: 'someone-else/project',
  environment: 'other',
  environment_node_id: 'EN_other',
  ref: 'refs/heads/other',
  ref_type: 'tag',
  ref_protected: 'false',
  event_name: 'pull_request',
  runner_environment: 'self-hosted',
  repository_visibility: 'public',
  job_workflow_ref: 'someone-else/project/.github/workflows/other.yml@refs/heads/main',
  job_workflow_sha: '0000000000000000000000000000000000000000',
  actor: 'someone-else',
  assumed_by: 'arn:aws:iam::999999999999:role/other',
};

/** What a claim of somebody else's token looks like. */
export function otherValue(claim: string): string {
  return OTHER[claim] ?? (claim.endsWith('_id') ? '999999999' : 'other');
}
