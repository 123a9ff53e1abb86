import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Index, startIndex } from '../support/python-index.ts';
import { REPOSITORY_ROOT } from '../support/runner.ts';
import { describeWith, toolPath } from '../support/tools.ts';

/** The only folder on PATH, and the place of the cache. */
let machine: string;
beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), 'machine-'));
});
afterEach(() => rmSync(machine, { recursive: true, force: true }));

/** Node with `words` on that machine. */
function node(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return new Promise<{ code: number; output: string; script: string }>((done) => {
    const options = { cwd: REPOSITORY_ROOT, env: { PATH: machine, XDG_CACHE_HOME: machine, ...env } };
    execFile(process.execPath, words, options, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), output: stderr, script: stdout.trim() });
    });
  });
}

const setUp = (tools: string) => {
  const named = "Object.keys(process.env).filter((name) => name.startsWith('DBT_PASSPORT_'))";
  return node(['.ci/setup.mjs', ...tools.split(' '), '--', '-p', `${named}.join()`]);
};

describe('.ci/setup.mjs on a machine that has Node and nothing else', () => {
  it('leaves out what tests can do without, and says why', async () => {
    const { code, output, script } = await setUp('peers deck chromium');
    expect(output).toMatch(/^setup: peers needs Python 3\.11 or later; no Python was found on PATH: tests/m);
    expect(output).toMatch(/^setup: decK's validator needs Go 1\.26; no Go was found on PATH: tests/m);
    expect(output).toMatch(/^setup: no Chromium was found on this machine: tests/m);
    expect({ code, script }).toEqual({ code: 0, script: '' });
  });

  it('fails for what they cannot do without', async () => {
    const { code, output, script } = await setUp('warehouses');
    expect(output).toBe('setup: warehouses needs Python 3.10 or later; no Python was found on PATH\n');
    expect({ code, script }).toEqual({ code: 1, script: '' });
  });

  it('knows its tools', async () => {
    const { code, output } = await setUp('no-such-tool');
    expect(output).toMatch(/^setup: unknown "no-such-tool"; the tools are dbt, uv, /);
    expect(code).toBe(1);
  });
});

describe('a step that fails', () => {
  const plant = (name: string, ...script: readonly string[]) => {
    writeFileSync(join(machine, name), ['#!/bin/sh', ...script, ''].join('\n'));
    chmodSync(join(machine, name), 0o755);
  };

  it('ends the other steps at once with all that they started, and is the last thing told (FF-C1)', async () => {
    const child = join(machine, 'child');
    plant('java', 'echo \'openjdk version "21.0.1"\' >&2');
    // Maven waits for a child of its own, which outlives it unless somebody ends both.
    plant('mvn', 'case $1 in -v) exit 0;; esac', '/bin/sleep 600 &', `echo $! > ${child}`, 'wait');
    plant(
      'python3',
      `case $1 in -I) echo "11 planted"; echo ${join(machine, 'python3')}; exit 0;; esac`,
      `while [ ! -s ${child} ]; do /bin/sleep 0.1; done`,
      'echo "no space left on device"; exit 7',
    );
    const started = Date.now();
    const { code, output, script } = await setUp('keycloak warehouses');
    expect({ code, script }).toEqual({ code: 1, script: '' });
    expect(Date.now() - started).toBeLessThan(20_000);
    const [cause, last, ...more] = output.trimEnd().split('\n').slice(-2);
    expect(cause).toBe(`setup: uv: ${join(machine, 'python3')} ended with 7`);
    expect(last).toBe('no space left on device');
    expect(more).toEqual([]);
    const pid = Number(readFileSync(child, 'utf8'));
    await expect.poll(() => alive(pid)).toBe(false);
  });
});

/** Whether a process runs; one that ended and that nobody waited for does not. */
function alive(pid: number): boolean {
  const status = `/proc/${pid}/status`;
  if (existsSync('/proc/self'))
    return existsSync(status) && !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describeWith(['uv'], 'a Python environment of its lock', () => {
  let index: Index;
  beforeEach(async () => {
    index = await startIndex([
      { name: 'parent', version: '1.0', requires: ['child>=1', 'cousin[more]'] },
      { name: 'child', version: '1.0' },
      { name: 'cousin', version: '1.0' },
    ]);
    // uv is there already.
    const home = dirname(dirname(toolPath('uv')));
    mkdirSync(join(machine, 'dbt-passport'));
    symlinkSync(home, join(machine, 'dbt-passport', basename(home)));
  });
  afterEach(() => index.close());

  const install = async (...pins: readonly string[]) => {
    const lock = join(machine, 'lock.txt');
    writeFileSync(lock, pins.map((pin) => `${pin}\n`).join(''));
    const tool = JSON.stringify({ lock, minor: 10, programs: { PYTHON: 'python' } });
    const script = `const { installPythonTool } = await import('./.ci/setup-python.mjs');
      console.log((await installPythonTool('planted', ${tool})).PYTHON)`;
    return await node(['--input-type=module', '-e', script], {
      ...{ PATH: process.env['PATH'], XDG_CACHE_HOME: machine },
      ...{ PIP_INDEX_URL: index.url, PIP_FIND_LINKS: join(machine, 'no-such-folder') },
    });
  };
  const whole = () => ['parent==1.0', 'child==1.0', 'cousin==1.0'].map((name) => index.pin(name));

  it('has what the lock says when a newer release appears, and asks for nothing else (FF-C1)', async () => {
    const lock = whole();
    index.publish({ name: 'child', version: '2.0', requires: ['nephew'] });
    index.publish({ name: 'nephew', version: '1.0' });
    const { code, output, script } = await install(...lock);
    expect(code, output).toBe(0);
    const versions = 'import importlib.metadata as m; print(m.version("child"), m.version("parent"))';
    expect(execFileSync(script, ['-c', versions], { encoding: 'utf8' })).toBe('1.0 1.0\n');
    expect([...new Set(index.asked)].sort()).toEqual(['child', 'cousin', 'parent']);
  });

  it('is not made when the lock lacks a package, which no index is asked for (FF-C1)', async () => {
    const { code, output } = await install(...whole().filter((pin) => !pin.startsWith('child')));
    expect(code).toBe(1);
    expect(output).toMatch(/`parent` requires `child>=1`, but it's not installed/);
    expect(index.asked).not.toContain('child');
  });

  it('is not made when the index has other bytes than the lock names', async () => {
    const lock = whole();
    index.publish({ name: 'child', version: '1.0', requires: ['nephew'] });
    const { code, output } = await install(...lock);
    expect(code).toBe(1);
    expect(output).toContain('Hash mismatch for `child==1.0`');
  });
});
