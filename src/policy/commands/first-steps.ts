import { warehouseOf } from '../grant.ts';
import type { LoadedPolicy } from '../policy.ts';

const TARGETS: Readonly<Record<string, string>> = {
  athena: 'aws',
  redshift: 'aws',
  postgres: 'aws',
  bigquery: 'gcp',
  snowflake: 'snowflake',
  databricks: 'databricks',
};

/** What to do after `policy init`, for a terminal: test, the step of the workflow, and the trust of the cloud. */
export function firstSteps({ policy }: LoadedPolicy, policyPath: string, suitePath: string): string {
  const target = TARGETS[warehouseOf(policy.grants).kind];
  const [rule] = policy.rules;
  const relative = policyPath.replace(/^\.\//, '');
  const inRepository = /^\/|\.\./.test(relative) ? 'PATH' : relative;
  return [
    `Wrote ${policyPath} and ${suitePath}. Next:`,
    '',
    '1. Check them, now and in each pull request:',
    `     dbt-passport policy lint ${policyPath}`,
    `     dbt-passport policy test ${policyPath}`,
    '2. Commit both to a repository that the security team owns. The job of the dbt project:',
    `     environment: ${rule?.environment.name ?? ''}`,
    '     permissions:',
    '       contents: read',
    '       id-token: write',
    '     steps:',
    '       - uses: dbt-passport/dbt-passport@COMMIT',
    '         with:',
    `           policy: OWNER/REPOSITORY/${inRepository}@COMMIT`,
    '           command: build',
    ...(target === undefined
      ? ['3. The grant needs no cloud: nothing else to set up.']
      : ['3. Let the cloud enforce the same:', `     dbt-passport policy render ${target} ${policyPath}`]),
  ].join('\n');
}
