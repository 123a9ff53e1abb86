/**
 * `npm run plant`, or `npm run plant -- lineage people` for some topics: puts each fault of plants.ts into a copy of
 * the repository, runs the test that must see it there, and prints the score. Ends with 1 when a fault stays unseen.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PLANTS, type Plant, planted } from './plants.ts';

const ROOT = join(import.meta.dirname, '..');

/** Tests of these folders start what is built, not the sources. */
const OF_THE_BUILT = /^test\/(scenarios|oracle)\//;

/** Every file that git would commit, and the installed packages as a link. */
function copyOfTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'plants-'));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
  });
  for (const path of files.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(ROOT, path), join(copy, path));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function build(copy: string): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['.ci/build.ts'], {
    cwd: copy,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the copy cannot be built\n${stdout}${stderr}`);
}

/** How many tests of this name passed and failed. */
function tested(copy: string, { test }: Plant): { readonly passed: number; readonly failed: number } {
  if (OF_THE_BUILT.test(test.file)) build(copy);
  const report = join(copy, 'plant-report.json');
  // A title with places for values stands for all its cases.
  const name = test.name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/%[sj]|\\\$\w+/g, '.*');
  const options = ['--reporter=json', `--outputFile=${report}`];
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', test.file, '-t', name, ...options];
  spawnSync(process.execPath, vitest, {
    cwd: copy,
    stdio: 'ignore',
    env: { ...process.env, DBT_PASSPORT_LONG_RUNS: 'true' },
  });
  const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(readFileSync(report, 'utf8'));
  rmSync(report);
  return { passed, failed };
}

/** Tests by file and name, and whether each passes without a fault: a test that is red anyway sees nothing. */
const sound = new Map<string, boolean>();

function isSound(copy: string, plant: Plant): boolean {
  const key = `${plant.test.file} ${plant.test.name}`;
  const known = sound.get(key);
  if (known !== undefined) return known;
  const { passed, failed } = tested(copy, plant);
  sound.set(key, failed === 0 && passed > 0);
  return failed === 0 && passed > 0;
}

/** What became of a fault. Its test is looked at without it first. */
function outcomeOf(copy: string, plant: Plant): 'seen' | 'UNSEEN' | 'NO TEST' {
  if (!isSound(copy, plant)) return 'NO TEST';
  const path = join(copy, plant.file);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, planted(plant, text));
  const { failed } = tested(copy, plant);
  writeFileSync(path, text);
  return failed > 0 ? 'seen' : 'UNSEEN';
}

const wanted = process.argv.slice(2);
const plants = PLANTS.filter(({ about }) => wanted.length === 0 || wanted.includes(about));
const copy = copyOfTree();
try {
  let seen = 0;
  for (const plant of plants) {
    const outcome = outcomeOf(copy, plant);
    if (outcome === 'seen') seen += 1;
    console.log(`${outcome.padEnd(7)} ${plant.about}: ${plant.what} (${plant.test.file})`);
  }
  console.log(`${seen} of ${plants.length} planted faults were seen`);
  if (seen < plants.length || plants.length === 0) process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
