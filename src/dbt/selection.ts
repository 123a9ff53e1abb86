import type { DbtCommand } from './command.ts';
import { kindOf } from './effect.ts';
import { hasOption, optionLists, optionValues } from './options.ts';

const EXECUTABLE = ['model', 'test', 'snapshot', 'analysis', 'seed', 'function'];

/** Kinds of node that each command works on; a command that is not here touches no node by selection. */
const KINDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['build', ['model', 'seed', 'snapshot', 'test', 'unit_test', 'exposure', 'saved_query', 'function']],
  ['run', ['model']],
  ['test', ['test', 'unit_test']],
  ['seed', ['seed']],
  ['snapshot', ['snapshot']],
  ['clone', ['model', 'seed', 'snapshot']],
  ['compile', EXECUTABLE],
  ['show', EXECUTABLE],
  ['docs generate', [...EXECUTABLE, 'source']],
  ['source freshness', ['source']],
]);

/** Options with one value that change what a selection means. */
const SINGLE = ['--selector', '--state', '--defer-state', '--indirect-selection', '--vars'];
/** The same without a value. */
const SWITCHES = ['--defer', '--no-defer', '--favor-state', '--no-favor-state'];

/** Whether the command selects nodes, so that dbt can say beforehand which. */
export function selectsNodes(command: DbtCommand): boolean {
  return KINDS.has(command.name);
}

/** The arguments with which `dbt ls` resolves the same selection, over every kind of node. */
export function listArguments(command: DbtCommand): readonly string[] {
  const { args } = command;
  const many = (option: string, names: readonly string[]) => {
    const values = optionLists(args, names);
    return values.length === 0 ? [] : [option, ...values];
  };
  return [
    '--resource-type',
    'all',
    // Elsewhere than in ls, --models is another name of --select.
    ...many('--select', ['--select', '-s', '--models', '--model', '-m']),
    ...many('--exclude', ['--exclude']),
    ...SINGLE.flatMap((name) => optionValues(args, name).map((value) => `${name}=${value}`)),
    ...SWITCHES.filter((name) => hasOption(args, name)),
  ];
}

/** The options of a command that change how the project is parsed; another value makes another project of the same files. */
export function parseArguments(command: DbtCommand): readonly string[] {
  const { args } = command;
  return [
    ...['--vars', '--warn-error-options'].flatMap((name) =>
      optionValues(args, name).map((value) => `${name}=${value}`),
    ),
    ...['--warn-error', '--no-partial-parse', '--no-static-parser'].filter((name) => hasOption(args, name)),
  ];
}

/** Of the nodes that dbt listed, those of the kinds that the command works on. */
export function ofKind(command: DbtCommand, nodes: readonly string[]): readonly string[] {
  const kindsOf = (...names: readonly string[]) =>
    optionLists(command.args, names)
      .flatMap((value) => value.split(' '))
      .map((kind) => (kind === 'data_test' ? 'test' : kind));
  const wanted = kindsOf('--resource-type', '--resource-types');
  const unwanted = kindsOf('--exclude-resource-type', '--exclude-resource-types');
  const every = wanted.length === 0 || wanted.includes('all') || wanted.includes('default');
  const kinds = (KINDS.get(command.name) ?? []).filter(
    (kind) => (every || wanted.includes(kind)) && !unwanted.includes(kind),
  );
  return nodes.filter((id) => kinds.includes(kindOf(id)));
}
