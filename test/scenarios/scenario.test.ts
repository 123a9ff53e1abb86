import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startLoopback } from '../support/loopback.ts';
import type { Presented } from '../support/passport.ts';
import { stage } from './scenario.ts';

const CREDENTIAL = 'kQ7v'.repeat(10);

/** A service that takes any credential, and says that it was presented. */
async function service(_: unknown, presented: Presented) {
  const server = await startLoopback((request, response) => {
    void presented(request.headers.authorization ?? '').then(() => response.end());
  });
  return { ...server, endpoints: { sts: server.url }, secrets: () => [CREDENTIAL] };
}

describe('what every scenario is held to', () => {
  const scene = stage({ clouds: service });
  /** A main step in place of ours. */
  const main = async (...lines: readonly string[]) => {
    const file = join(scene.workspace, 'main.mjs');
    const head = [
      "import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'; import { spawn } from 'node:child_process';",
      "const secret = 'kQ7v'.repeat(10);",
      "for (const line of process.env['INPUT_SIGNING-KEY'].split('\\n')) console.log('::add-mask::' + line);",
      "console.log('::add-mask::' + process.env['INPUT_POLICY-TOKEN']);",
      'const { sts } = JSON.parse(process.env.DBT_PASSPORT_LOOPBACK_ENDPOINTS);',
      'const use = () => fetch(sts, { headers: { authorization: secret } });',
      "const done = () => { appendFileSync(process.env.GITHUB_STATE, 'finished=true\\n'); process.exit(0); };",
    ];
    await writeFile(file, [...head, ...lines].join('\n'));
    return { main: file };
  };
  const MASK = "console.log('::add-mask::' + secret);";

  it('a credential that is masked, used and gone is fine', async () => {
    const run = await scene.run(await main(MASK, 'await use();', 'done();'));
    expect(run.exitCode, run.stderr).toBe(0);
  });

  it('a credential that is used before it is masked is caught', async () => {
    const call = await main('await use();', MASK, 'done();');
    await expect(scene.run(call)).rejects.toThrow('used before they were masked');
  });

  it('a credential in a file is caught, in whatever form', async () => {
    const file = join(scene.workspace, 'target.json');
    const call = await main(`writeFileSync('${file}', Buffer.from(': ' + secret + ' .'));`, 'done();');
    await expect(scene.run(call)).rejects.toThrow('places that hold a secret');
    const encoded = `writeFileSync('${file}', Buffer.from(': ' + secret + ' .').toString('base64'));`;
    await expect(scene.run(await main(encoded, 'done();'))).rejects.toThrow('places that hold a secret');
  });

  it('killed: its private folder may hold what was in use, until post; any other place may not', async () => {
    const killed = { signal: { name: 'SIGKILL', after: /UP/ } } as const;
    const inUse = (folder: string) => [
      `mkdirSync(process.env.RUNNER_TEMP + '/${folder}');`,
      `writeFileSync(process.env.RUNNER_TEMP + '/${folder}/pgpass', secret);`,
      "console.log('UP'); setTimeout(() => {}, 60000);",
    ];
    await scene.run({ ...(await main(...inUse('dbt-passport-1'))), ...killed });
    expect(scene.post().leftovers).toEqual([]);
    const elsewhere = { ...(await main(...inUse('elsewhere'))), ...killed };
    await expect(scene.run(elsewhere)).rejects.toThrow('places that hold a secret');
  });

  it('a process that outlives the job is caught', async () => {
    const orphan = "spawn('sleep', ['30'], { detached: true, stdio: 'ignore' }).unref();";
    await expect(scene.run(await main(orphan, 'done();'))).rejects.toThrow('processes that outlive the job');
  });
});
