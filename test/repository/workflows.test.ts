import { afterEach, describe, expect, it } from 'vitest';
import { type Copy, copyOf } from './copy.ts';

let copy: Copy;
afterEach(() => copy.remove());

function workflow(step: string): string {
  return `on: issues\npermissions: {}\njobs:\n  one:\n    runs-on: ubuntu-24.04\n    steps:\n${step}`;
}

describe('npm run check on workflows', () => {
  it('actionlint stops an expression that runs foreign text', async () => {
    copy = copyOf('.github');
    copy.plant('.github/workflows/a.yml', workflow('      - run: echo "${{ github.event.issue.title }}"\n'));
    const { code, output } = await copy.run('.ci/actionlint.ts');
    expect(output).toContain('potentially untrusted');
    expect(output).toContain('.github/workflows/a.yml:7:');
    expect(code).toBe(1);
  });

  it.skipIf(process.env['DBT_PASSPORT_ZIZMOR'] === undefined)(
    'zizmor stops an action that is not pinned (only with DBT_PASSPORT_ZIZMOR set, as `npm run check` does)',
    async () => {
      copy = copyOf('.github');
      copy.plant('.github/workflows/a.yml', workflow('      - uses: actions/checkout@v4\n'));
      const { code, output } = await copy.run('.ci/zizmor.ts');
      expect(output).toContain('unpinned-uses');
      expect(code).not.toBe(0);
    },
  );
});
