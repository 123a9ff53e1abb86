// node test/policy/proof/mutation.ts [part of a path …]: what of the decision and of the trust no test holds.
// Each mutant is one change of a source file, and is caught when a test of mutation-files.ts fails or does not end.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { mutantsOf } from './mutants.ts';
import { type Held, heldFiles } from './mutation-files.ts';
import type { Answer, Question } from './mutation-worker.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Milliseconds after which the tests of a mutant count as endless. */
const ENDLESS = 120_000;

let worker = started();

function started(): Worker {
  return new Worker(new URL('mutation-worker.ts', import.meta.url));
}

/** Undefined when the tests do not end, or fail outside of any test. */
async function answer(question: Question): Promise<Answer | undefined> {
  const signal = AbortSignal.timeout(ENDLESS);
  const given = once(worker, 'message', { signal });
  worker.postMessage(question);
  try {
    return (await given)[0];
  } catch {
    await worker.terminate();
    worker = started();
    return undefined;
  }
}

/** The tests must pass without a change, and fail when the file cannot even be loaded. */
async function control(path: string, file: string, files: readonly string[]): Promise<void> {
  const same = await answer({ files });
  if (same === undefined || same.caught !== undefined || same.ran === 0)
    throw new Error(
      `the tests of ${file} do not pass without any change: ${same?.caught?.why ?? 'they do not end, or fail outside of any test'}`,
    );
  const broken = await answer({ files, changed: { path, text: "throw new Error('changed');" } });
  if (broken !== undefined && broken.caught === undefined)
    throw new Error(`the tests of ${file} do not load it`);
}

async function survivors({ file, tests }: Held): Promise<{ readonly all: number; readonly alive: number }> {
  const path = join(root, file);
  const files = tests.map((test) => join(root, test));
  const mutants = mutantsOf(readFileSync(path, 'utf8'));
  if (mutants.length === 0) return { all: 0, alive: 0 };
  await control(path, file, files);
  let alive = 0;
  for (const { line, what, text } of mutants) {
    const given = await answer({ files, changed: { path, text } });
    if (given === undefined || given.caught !== undefined) continue;
    alive += 1;
    process.stdout.write(`survives: ${file}:${line}: ${what}\n`);
  }
  process.stdout.write(`${file}: ${mutants.length - alive} of ${mutants.length} caught\n`);
  return { all: mutants.length, alive };
}

async function run(wanted: readonly string[]): Promise<number> {
  let all = 0;
  let alive = 0;
  for (const held of heldFiles(root)) {
    if (wanted.length > 0 && !wanted.some((part) => held.file.includes(part))) continue;
    const result = await survivors(held);
    all += result.all;
    alive += result.alive;
  }
  const score = all === 0 ? 0 : ((all - alive) / all) * 100;
  process.stdout.write(`score: ${score.toFixed(1)} % (${all - alive} of ${all})\n`);
  return alive === 0 && all > 0 ? 0 : 1;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} finally {
  await worker.terminate();
}
