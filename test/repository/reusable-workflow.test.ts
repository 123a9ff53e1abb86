import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { INPUT_DEFAULTS, type InputName } from '../../src/inputs.ts';
import { readSignInputs } from '../../src/sign-inputs.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}
interface Job {
  readonly with?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly uses?: string;
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly on: {
    readonly workflow_call: {
      readonly inputs: Readonly<Record<string, { readonly type: string }>>;
      readonly outputs?: Readonly<Record<string, { readonly value: string }>>;
    };
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

describe('dbt-sign.yml', () => {
  const [step, ...more] = steps(sign);

  it('is one step of this action, without a checkout, a script or a permission but the token', () => {
    expect(more).toEqual([]);
    expect(step?.run).toBeUndefined();
    expect(step?.uses).toBe(passport?.uses);
    expect(sign.jobs['sign']?.permissions).toEqual({ 'id-token': 'write' });
  });

  it('gives the step what mode sign takes, and the outputs of the dbt job get there', () => {
    const given = { 'artifact-id': '7', 'artifact-digest': `sha256:${'0a'.repeat(32)}` };
    const inputs = Object.entries(step?.with ?? {}).map(([name, value]) => [
      name,
      value.replace(/^\$\{\{ inputs\.([a-z-]+) \}\}$/, (_, input) => given[input as keyof typeof given]),
    ]);
    const read = readSignInputs((name) => new Map(inputs as [InputName, string][]).get(name) ?? '');
    expect(read).toMatchObject({ signing: 'auto', artifact: { id: '7', digest: given['artifact-digest'] } });
    expect(step?.with?.['mode']).toBe('sign');
    const passed = Object.entries(main.jobs['sign']?.with ?? {});
    expect(passed.sort()).toEqual(
      Object.keys(given)
        .map((name) => [name, `\u0024{{ needs.dbt.outputs.${name} }}`])
        .sort(),
    );
    for (const name of Object.keys(given))
      expect(main.jobs['dbt']?.outputs?.[name]).toBe(`\u0024{{ steps.passport.outputs.${name} }}`);
  });
});

describe('dbt.yml', () => {
  it('tells its caller how the run ended, and that the policy denied it, also in audit mode', () => {
    const { outputs } = main.on.workflow_call;
    for (const name of ['status', 'decision', 'audited-rule']) {
      expect(outputs?.[name]?.value).toBe(`\u0024{{ jobs.dbt.outputs.${name} }}`);
      expect(main.jobs['dbt']?.outputs?.[name]).toBe(`\u0024{{ steps.passport.outputs.${name} }}`);
    }
  });

  it('holds the policy, its digest and its lowest serial itself', () => {
    const given = passport?.with ?? {};
    for (const name of ['policy', 'policy-sha256', 'policy-min-serial']) {
      expect(given[name], name).toMatch(/^[^$]+$/);
    }
    expect(Object.keys(given).filter((name) => !(name in INPUT_DEFAULTS))).toEqual([]);
  });

  it('leaves the signature to a job of another file, and holds no key itself', () => {
    expect(passport?.with?.['signing']).toBe('deferred');
    expect(Object.keys(passport?.with ?? {})).not.toContain('signing-key');
    expect(main.jobs['sign']?.uses).toBe('$/.github/workflows/dbt-sign.yml');
    expect(sign.jobs['sign']?.permissions).toEqual(main.jobs['sign']?.permissions);
    expect(Object.keys(main.jobs['dbt']?.permissions ?? {})).toEqual(['contents', 'id-token']);
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
  ] as const)('takes %s only in its form', (_, place, good, bad) => {
    const scripts = [...steps(main), ...steps(sign)].map(({ run }) => run ?? '').join('\n');
    const form = new RegExp(place.exec(scripts)?.[1] ?? '$^');
    expect(good.every((value) => form.test(value))).toBe(true);
    expect(bad.some((value) => form.test(value))).toBe(false);
  });
});

describe('X07 the step that installs dbt, with a Python that only writes down how it is called', () => {
  const script = steps(main).find(({ run }) => run !== undefined)?.run ?? '';
  const PIN = `dbt-core==1.11.16 \\\n    --hash=sha256:${'0a'.repeat(32)}`;

  /** What pip would read, and the words of the script. */
  function installed(requirements: string) {
    const folder = mkdtempSync(join(tmpdir(), 'install-'));
    try {
      for (const name of ['bin', 'repository', 'temp/dbt/bin'])
        mkdirSync(join(folder, name), { recursive: true });
      const calls = join(folder, 'calls');
      const stub = `#!/bin/sh\necho "$PWD $*" >> ${calls}\n`;
      for (const name of ['bin/python3', 'temp/dbt/bin/pip']) {
        writeFileSync(join(folder, name), stub);
        chmodSync(join(folder, name), 0o755);
      }
      writeFileSync(join(folder, 'repository/requirements.txt'), requirements, 'latin1');
      const { status, stdout } = spawnSync('bash', ['-e', '-c', script], {
        cwd: join(folder, 'repository'),
        env: {
          PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
          REQUIREMENTS: 'requirements.txt',
          VENV: join(folder, 'temp/dbt'),
        },
        encoding: 'utf8',
      });
      const told = existsSync(calls) ? readFileSync(calls, 'utf8').replaceAll(folder, '') : '';
      return { status, stdout, calls: told, read: readFileSync(join(folder, 'temp/dbt.txt'), 'utf8') };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('takes a lock file, and runs nothing in the folder of the repository', () => {
    const more = "\r\n    # via acme\r\na[b]==2.0rc1 ; sys_platform == 'win32' \\\n";
    const { status, calls, read } = installed(
      `# made by a tool\n\n${PIN}${more}  --hash=sha256:${'0b'.repeat(32)}\n`,
    );
    expect(status).toBe(0);
    expect(calls).toBe(
      '/temp -I -m venv /temp/dbt\n/temp install --quiet --require-hashes --only-binary :all: --requirement /temp/dbt.txt\n',
    );
    expect(read.split('\n').filter((line) => !line.includes('--hash='))).toEqual([
      'dbt-core==1.11.16 \\',
      "a[b]==2.0rc1 ; sys_platform == 'win32' \\",
      '',
    ]);
  });

  it.each([
    ['an option', '--no-binary :all:'],
    ['an index', '--index-url https://evil.example/simple'],
    ['another file', '-r more.txt'],
    ['a source archive', `./evil.tar.gz --hash=sha256:${'0a'.repeat(32)}`],
    ['an address', `evil @ https://evil.example/evil.zip --hash=sha256:${'0a'.repeat(32)}`],
    ['a version that is the name of a file', `evil==1.zip --hash=sha256:${'0a'.repeat(32)}`],
    ['an option after a marker', "a==1 ; x == 'y' --no-binary=:all:"],
    ['a line end that only Python knows', `${PIN}\x0b--no-binary :all:`],
    ['bytes that are no ASCII', `${PIN}\xe2\x80\xa8`],
  ])('refuses %s', (_, line) => {
    const { status, stdout, calls } = installed(`${PIN}\n${line}\n`);
    expect([status, calls]).toEqual([1, '']);
    expect(stdout).toContain('requirements: expected lines of name==version');
  });

  it('refuses a file without a requirement', () => {
    const { status, stdout, calls } = installed('# nothing\n');
    expect([status, calls]).toEqual([1, '']);
    expect(stdout).toContain('requirements: expected a file with a requirement');
  });

  it('drops comments, in which Python may see a line end or another encoding', () => {
    const { status, read } = installed(
      `# coding: utf-7\n# x\r--no-binary :all:\n# \x0b--no-binary y\n${PIN}\n`,
    );
    expect([status, read]).toEqual([0, `${PIN}\n`]);
  });
});
