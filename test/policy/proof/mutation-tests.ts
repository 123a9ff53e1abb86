import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { constants, Script } from 'node:vm';
import { transformSync } from 'esbuild';
import { standIn, type Test } from './mutation-vitest.ts';

/** A source file that is read as another text. */
export interface Changed {
  readonly path: string;
  readonly text: string;
}

interface Module {
  exports: unknown;
}
type Wrapped = (module: Module, require: (name: string) => unknown, url: string, folder: string) => void;

const external = createRequire(import.meta.url);
// The same random values for every change, so that one run says what the next one says.
external('fast-check').configureGlobal({ seed: 1 });
const compiled = new Map<string, Wrapped>();

/**
 * The tests of a file, with every module of the repository evaluated anew and `changed` in the place of its file. Files
 * are read and compiled once in the life of the process.
 */
export function testsOf(file: string, changed?: Changed): readonly Test[] {
  const modules = new Map<string, Module>();
  const tests: Test[] = [];
  const load = (path: string): unknown => {
    const known = modules.get(path);
    if (known !== undefined) return known.exports;
    const module: Module = { exports: {} };
    modules.set(path, module);
    const require = (name: string): unknown => {
      if (name === 'vitest') return standIn(path, tests);
      return name.startsWith('.') ? load(resolve(dirname(path), name)) : external(name);
    };
    const code = path === changed?.path ? wrapped(changed) : unchanged(path);
    code(module, require, pathToFileURL(path).href, dirname(path));
    return module.exports;
  };
  load(file);
  return tests;
}

function unchanged(path: string): Wrapped {
  const code = compiled.get(path) ?? wrapped({ path, text: readFileSync(path, 'utf8') });
  compiled.set(path, code);
  return code;
}

/** A module as a function, in the form of CommonJS. */
function wrapped({ path, text }: Changed): Wrapped {
  const define = {
    'import.meta.url': '__url',
    'import.meta.dirname': '__folder',
    'import.meta.main': 'false',
  };
  const { code } = transformSync(text, { loader: 'ts', format: 'cjs', platform: 'node', define });
  return new Script(`(module, require, __url, __folder) => {${code}\n}`, {
    filename: path,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }).runInThisContext();
}
