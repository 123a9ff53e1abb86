import type { Distribution } from './bundle.ts';

/** What each bundle may weigh (bytes) and which packages it must never hold. */
const LIMITS: Readonly<Record<string, { readonly bytes: number; readonly without: RegExp }>> = {
  // The clients of clouds are in files beside it: a run whose grant needs none does not read them.
  'main.js': {
    bytes: 5_000_000,
    without:
      /^(esbuild|typescript|vitest)$|^(google-gax|google-auth-library)$|^@(google-cloud|grpc|aws-sdk)\//,
  },
  // The post step only cleans up: nothing in it can sign, upload or reach a cloud.
  'post.js': {
    bytes: 600_000,
    without: /^(@azure|@aws-sdk|@google-cloud|@sigstore|@octokit)\/|^@actions\/artifact$|^make-fetch-happen$/,
  },
  // The verifier works offline: no HTTP client, no signing, no cloud, nothing of the runner.
  'cli.js': {
    bytes: 600_000,
    without:
      /^(@azure|@aws-sdk|@google-cloud|@octokit|@actions)\/|^@sigstore\/sign$|^(make-fetch-happen|undici)$/,
  },
};

/** One line for each limit that the bundles break; empty when all hold. */
export function overBudget({ files, packages }: Distribution): readonly string[] {
  return Object.entries(LIMITS).flatMap(([name, limit]) => {
    const size = files.get(name)?.length ?? 0;
    const names = new Set(packages.get(name)?.map((found) => found.name));
    const unwanted = [...names].filter((found) => limit.without.test(found)).sort();
    return [
      ...(size === 0 ? [`dist/${name} is missing`] : []),
      ...(size > limit.bytes ? [`dist/${name}: ${size} bytes, the budget is ${limit.bytes}`] : []),
      ...unwanted.map((found) => `dist/${name} holds the package ${found}, which it must not`),
    ];
  });
}
