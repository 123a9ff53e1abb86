import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { INPUT_DEFAULTS } from '../../src/inputs.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}
interface Job {
  readonly permissions: Readonly<Record<string, string>>;
  readonly uses?: string;
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly on: {
    readonly workflow_call: { readonly inputs: Readonly<Record<string, { readonly type: string }>> };
  };
  readonly jobs: Readonly<Record<string, Job>>;
}

const read = (name: string) => parse(readFileSync(`.github/workflows/${name}`, 'utf8')) as Workflow;
const main = read('dbt.yml');
const sign = read('dbt-sign.yml');
const steps = (workflow: Workflow) => Object.values(workflow.jobs).flatMap((job) => job.steps ?? []);
const passport = steps(main).find(({ uses }) => uses?.startsWith('dbt-passport/'));

describe.each([
  ['dbt.yml', main],
  ['dbt-sign.yml', sign],
])('%s', (_, workflow) => {
  it('is only ever called, takes typed data, and no secret', () => {
    expect(Object.keys(workflow.on)).toEqual(['workflow_call']);
    const { inputs, ...rest } = workflow.on.workflow_call;
    expect(Object.values(inputs).every(({ type }) => type === 'string')).toBe(true);
    expect(Object.keys(rest).filter((key) => key !== 'outputs')).toEqual([]);
  });

  it('writes no expression into a script, and takes the token variables away first', () => {
    const scripts = steps(workflow).flatMap(({ run }) => (run === undefined ? [] : [run]));
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) {
      expect(script).not.toContain('\u0024{{');
      expect(script).toMatch(/^unset ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN\n/);
    }
  });

  it('runs no action of a third party', () => {
    const uses = steps(workflow).flatMap((step) => step.uses ?? []);
    expect(uses.filter((one) => !/^(actions|dbt-passport)\//.test(one))).toEqual([]);
  });
});

describe('dbt.yml', () => {
  it('holds the policy, its digest and its lowest serial itself', () => {
    const given = passport?.with ?? {};
    for (const name of ['policy', 'policy-sha256', 'policy-min-serial']) {
      expect(given[name], name).toMatch(/^[^$]+$/);
    }
    expect(Object.keys(given).filter((name) => !(name in INPUT_DEFAULTS))).toEqual([]);
  });

  it('signs in a job of another file, in which nothing of the project runs', () => {
    expect(main.jobs['sign']?.uses).toBe('$/.github/workflows/dbt-sign.yml');
    expect(sign.jobs['sign']?.permissions).toEqual(main.jobs['sign']?.permissions);
    expect(Object.keys(main.jobs['dbt']?.permissions ?? {})).toEqual(['contents', 'id-token']);
    const uses = steps(sign).flatMap((step) => step.uses ?? []);
    expect(uses.every((one) => one.startsWith('actions/attest@'))).toBe(true);
  });
});

describe('the scripts of the workflows', () => {
  it.each([
    [
      'requirements',
      /\[\[ "\$REQUIREMENTS" =~ (\S+) \]\]/,
      ['requirements.txt', 'a/b-1.lock'],
      ['-e', 'https://x/y', 'a b', ''],
    ],
    ['artifact-id', /\[\[ "\$ARTIFACT_ID" =~ (\S+) \]\]/, ['12'], ['', '1/../2', '1 2']],
    [
      'artifact-digest',
      /\[\[ "\$DIGEST" =~ (\S+) \]\]/,
      [`sha256:${'0a'.repeat(32)}`],
      ['sha256:', `sha256:${'0A'.repeat(32)}`, `sha256:${'0a'.repeat(32)}  other`],
    ],
  ] as const)('takes %s only in its form', (_, place, good, bad) => {
    const scripts = [...steps(main), ...steps(sign)].map(({ run }) => run ?? '').join('\n');
    const form = new RegExp(place.exec(scripts)?.[1] ?? '$^');
    expect(good.every((value) => form.test(value))).toBe(true);
    expect(bad.some((value) => form.test(value))).toBe(false);
  });
});
