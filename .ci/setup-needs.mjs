// Which tools the tests need that vitest is asked for: what each test file and all that it imports name.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ROOT } from './setup-step.mjs';
import { TOOLS } from './setup-tools.mjs';

/** Where a test's name of a tool meets the variable. */
const NAMES = join(ROOT, 'test', 'support', 'tools.ts');

/**
 * The tools (keys of TOOLS) for the arguments of vitest. As there, a word is a part of a path; it may be the value of an
 * option that stands before it. Where no word is a path for sure, every test file counts.
 */
export function toolsFor(args) {
  const files = testFiles();
  const words = args.filter((word, index) => isPath(word, index === 0 ? '' : args[index - 1]));
  const wanted = files.filter((file) => words.some((word) => relative(ROOT, file).includes(partOf(word))));
  return neededBy(words.length === 0 ? files : wanted);
}

/** The tools that test files need. */
export function neededBy(files) {
  const variables = new Set(files.flatMap(variablesOf));
  return Object.keys(TOOLS).filter((name) =>
    TOOLS[name].variables.some((variable) => variables.has(variable)),
  );
}

export function testFiles() {
  const paths = readdirSync(join(ROOT, 'test'), { recursive: true });
  return paths.filter((path) => path.endsWith('.test.ts')).map((path) => join(ROOT, 'test', path));
}

function isPath(word, before) {
  if (word.startsWith('-') || ['run', 'watch', 'bench', 'related'].includes(word)) return false;
  return !before.startsWith('-') || before.includes('=');
}

/** Of `./test/x.test.ts:12` the part that stands in a path. */
const partOf = (word) => word.replace(/^\.\//, '').replace(/:\d+$/, '');

/** What `file` and all that it imports outside src/ name: a variable, or, where tools.ts is among them, a tool of it. */
function variablesOf(file) {
  const reached = reachedFrom(file);
  const names = reached.delete(NAMES) ? toolNames() : [];
  const variables = Object.values(TOOLS).flatMap((tool) => tool.variables);
  const words = [
    ...variables.map((variable) => [variable, variable]),
    ...names.map(([name, variable]) => [`'${name}'`, variable]),
  ];
  const texts = [...reached].map((path) => contentOf(path).text);
  return words.flatMap(([word, variable]) => (texts.some((text) => text.includes(word)) ? [variable] : []));
}

function reachedFrom(file) {
  const reached = new Set([file]);
  // A set gives what is added to it while it is read.
  for (const path of reached) {
    if (path !== NAMES) for (const target of contentOf(path).imports) reached.add(target);
  }
  return reached;
}

const contents = new Map();

/** A file without its comments and type imports, and the files of the tests that it imports. */
function contentOf(path) {
  const known = contents.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(path, 'utf8')
    .replace(/^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    .replace(/^import type [^;]*;/gm, '');
  const imports = [...text.matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g)]
    .map(([, target]) => resolve(dirname(path), target))
    .filter((target) => !target.startsWith(join(ROOT, 'src')) && existsSync(target));
  const content = { text, imports };
  contents.set(path, content);
  return content;
}

let names;

/** The tools of test/support/tools.ts, each with its variable. */
function toolNames() {
  const lines = /^ {2}(\w+): \['(DBT_PASSPORT_\w+)'/gm;
  names ??= [...readFileSync(NAMES, 'utf8').matchAll(lines)].map(([, name, variable]) => [name, variable]);
  return names;
}
