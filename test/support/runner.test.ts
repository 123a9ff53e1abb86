import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAction, runPost } from './runner.ts';

let workspace = '';
beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'workspace-'));
});
afterAll(() => rm(workspace, { recursive: true, force: true }));

async function script(name: string, text: string): Promise<string> {
  const file = join(workspace, name);
  await writeFile(file, text);
  return file;
}

describe('the local runner', () => {
  it('gives inputs, context and command files, and reads back what the action wrote', async () => {
    const main = await script(
      'main.mjs',
      `import { appendFileSync } from 'node:fs';
       const e = process.env;
       appendFileSync(e.GITHUB_OUTPUT, 'plain=a=b\\nmany<<END\\nx\\ny\\nEND\\n');
       appendFileSync(e.GITHUB_STATE, 'folder=/tmp/x\\n');
       appendFileSync(e.GITHUB_STEP_SUMMARY, '# Hello');
       appendFileSync(e.RUNNER_TEMP + '/left', '');
       console.log([e['INPUT_PROJECT-DIR'], e['INPUT_POLICY-TOKEN'], e.GITHUB_RUN_ID, e.GITHUB_JOB, process.cwd()].join(' '));
       console.log('::add-mask::hunter22\\n::error title=T,file=a.yml,line=3::Bad%0Athing\\nhunter22');
       console.log('::stop-commands::tok\\n::set-output name=x::y\\n::tok::\\nx ##[save-state name=s]forged');
       process.exitCode = 3;`,
    );
    const post = await script('post.mjs', `console.log(process.env.STATE_folder, process.env.STATE_s)`);
    const inputs = { 'project-dir': 'shop' };
    const result = await runAction({
      workspace,
      main,
      post,
      inputs,
      token: 'ghs_x',
      github: { run_id: '42' },
    });
    expect(result.exitCode).toBe(3);
    expect(result.stdout).toContain(`shop ghs_x 42 dbt ${workspace}`);
    expect([...result.outputs]).toEqual([
      ['plain', 'a=b'],
      ['many', 'x\ny'],
    ]);
    expect([...result.state]).toEqual([
      ['s', 'forged'],
      ['folder', '/tmp/x'],
    ]);
    expect(result.summary).toBe('# Hello');
    expect(result.leftovers).toEqual(['_temp/left']);
    expect(result.log.annotations).toEqual([
      { level: 'error', title: 'T', message: 'Bad\nthing', file: 'a.yml', line: '3' },
    ]);
    expect(result.log.text).toMatch(/\n\*\*\*\n::set-output name=x::y\n/);
    const after = await runPost(result);
    expect(after.stdout).toBe('/tmp/x forged\n');
    await result.cleanup();
  });

  it('sends a signal once the output matches', async () => {
    const main = await script('wait.mjs', `console.log('ready'); setInterval(() => {}, 1000);`);
    const result = await runAction({ workspace, main, signal: { name: 'SIGINT', after: /ready/ } });
    expect([result.exitCode, result.signal]).toEqual([null, 'SIGINT']);
    await result.cleanup();
  });
});
