import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** A copy of the repository to break on purpose. */
export interface Copy {
  /** Writes one file of the copy, given by its path inside the repository. */
  plant(path: string, text: string): void;
  read(path: string): string;
  /** Runs a script of the copy with this Node; `code` is its exit status. */
  run(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }>;
  /** A copy of this copy as it is now. */
  again(): Copy;
  remove(): void;
}

const ROOT = join(import.meta.dirname, '../..');
const SETTINGS = ['package.json', 'tsconfig.json', 'biome.json', 'knip.json', 'vitest.config.ts'];

/** Copies the settings and the named folders; the installed packages are linked. */
export function copyOf(...folders: readonly string[]): Copy {
  const copy = mkdtempSync(join(tmpdir(), 'repository-'));
  for (const path of [...SETTINGS, '.ci', ...folders]) {
    cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copyAt(copy);
}

function copyAt(copy: string): Copy {
  const env = {
    ...process.env,
    PATH: `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env['PATH']}`,
  };
  return {
    plant(path, text) {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), text);
    },
    read(path) {
      return readFileSync(join(copy, path), 'utf8');
    },
    run(...args) {
      return new Promise((resolve) => {
        const options = { cwd: copy, env, maxBuffer: 64 * 1024 * 1024 };
        execFile(process.execPath, args, options, (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` });
        });
      });
    },
    again() {
      const other = mkdtempSync(join(tmpdir(), 'repository-'));
      cpSync(copy, other, { recursive: true, verbatimSymlinks: true });
      return copyAt(other);
    },
    remove() {
      rmSync(copy, { recursive: true, force: true });
    },
  };
}
