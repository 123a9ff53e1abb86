/**
 * Where the time of `npm test` goes: `npm run bench -- tests`, or of some: `npm run bench -- tests test/policy`. With
 * `--against=<checkout>` the same tests run there too, in turns, and the ratio of the wall times is printed.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { REPOSITORY_ROOT } from '../support/runner.ts';

/** What vitest's JSON reporter says of a file; times in milliseconds. */
interface TestFile {
  readonly name: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly duration?: number;
  }[];
}

interface TestRun {
  /** Milliseconds of the whole command, warm set-up included. */
  readonly elapsed: number;
  readonly files: readonly TestFile[];
}

const LISTED = 25;

/** Prints the times. @throws when a test failed, because a run that stops early is no measure */
export async function tests(paths: readonly string[], against: string | undefined): Promise<void> {
  if (against === undefined) {
    report(await testRun(REPOSITORY_ROOT, paths));
    return;
  }
  const theirs = await testRun(against, paths);
  const ours = await testRun(REPOSITORY_ROOT, paths);
  report(ours);
  console.log(`\n${seconds(ours.elapsed)} here, ${seconds(theirs.elapsed)} in ${against}:`);
  console.log(
    `${(ours.elapsed / theirs.elapsed).toFixed(2)} x, with ${count(ours)} and ${count(theirs)} tests`,
  );
}

async function testRun(root: string, paths: readonly string[]): Promise<TestRun> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-tests-'));
  const output = join(folder, 'tests.json');
  try {
    const started = performance.now();
    const args = ['test', '--silent', '--', ...paths, '--reporter=json', `--outputFile=${output}`];
    const status = await new Promise<number | null>((resolve, reject) => {
      const child = spawn('npm', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
      child.on('error', reject).on('close', resolve);
    });
    const elapsed = performance.now() - started;
    const { testResults } = JSON.parse(await readFile(output, 'utf8')) as { testResults: TestFile[] };
    if (status !== 0) throw new Error(`npm test ended with ${status} in ${root}: ${failures(testResults)}`);
    return { elapsed, files: testResults.map((file) => ({ ...file, name: relative(root, file.name) })) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function failures(files: readonly TestFile[]): string {
  const failed = files.flatMap((file) => file.assertionResults.filter(({ status }) => status === 'failed'));
  return failed.map(({ fullName }) => fullName).join('; ') || 'no test failed';
}

function report(run: TestRun): void {
  const took = (file: TestFile) => file.endTime - file.startTime;
  const total = run.files.reduce((sum, file) => sum + took(file), 0);
  const cores = availableParallelism();
  const parallel = (total / run.elapsed).toFixed(1);
  console.log(
    `${count(run)} tests in ${seconds(run.elapsed)} on ${cores} cores, ${parallel} files at a time\n`,
  );
  const folders = Map.groupBy(run.files, ({ name }) => name.split('/').slice(0, 2).join('/'));
  table(
    'folder',
    [...folders].map(([name, files]) => [name, files.reduce((sum, file) => sum + took(file), 0)] as const),
  );
  table(
    'file',
    run.files.map((file) => [file.name, took(file)] as const),
  );
  table(
    'test',
    run.files.flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ fullName, duration = 0 }) => [`${name}: ${fullName}`, duration] as const),
    ),
  );
}

function table(title: string, rows: readonly (readonly [string, number])[]): void {
  console.log(`slowest by ${title}`);
  for (const [name, time] of [...rows].sort(([, left], [, right]) => right - left).slice(0, LISTED)) {
    console.log(`  ${seconds(time).padStart(8)}  ${name}`);
  }
}

const count = ({ files }: TestRun) => files.reduce((sum, file) => sum + file.assertionResults.length, 0);
const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;
