import type { LoadedPolicy } from '../policy.ts';
import type { Target } from '../trust/model.ts';
import { grantedTargets } from './granted-targets.ts';

/** What to do after `policy init`, for a terminal: check, the step of the workflow, and the trust of the cloud. */
export function firstSteps({ policy }: LoadedPolicy, policyPath: string, suitePath: string): string {
  const [rule] = policy.rules;
  const relative = policyPath.replace(/^\.\//, '');
  const inRepository = /^\/|\.\./.test(relative) ? 'PATH' : relative;
  return [
    `Wrote ${policyPath} and ${suitePath}. Next:`,
    '',
    '1. Check them, now and in each pull request (examples/workflows/policy-check.yml):',
    `     dbt-passport policy lint ${policyPath}`,
    `     dbt-passport policy test ${policyPath}`,
    `     dbt-passport policy matrix ${policyPath}`,
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
    ...trustSteps(grantedTargets(policy), policyPath),
  ].join('\n');
}

function trustSteps(targets: readonly Target[], path: string): readonly string[] {
  if (targets.length === 0) return ['3. The grant needs no cloud: nothing else to set up.'];
  return [
    '3. Let the cloud enforce the same, and see each night that it still does (docs/drift.md):',
    ...targets.flatMap((target) => [
      `     dbt-passport policy render ${target} ${path} --out trust`,
      `     dbt-passport policy drift ${target} ${path} DEPLOYED...`,
    ]),
  ];
}
